import type { Transaction } from '@kept/database';
import { publish, type EventPayload } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { byItself } from '../audit/actor.ts';
import type { Scheduling } from '../scheduling.ts';
import { findProduct } from './pass-product.ts';
import { lockPurchase, setStatus, type PassPurchase } from './pass-purchase.ts';
import { writePass } from './write-pass.ts';

type Paid = EventPayload<'pass.paid'>;

/**
 * The money for a pass is taken: its holder has the pass, once (`one_pass_per_purchase`). An offer that was taken is kept
 * even when its minutes are over or the product is no longer sold. What cannot be kept gives the money back.
 */
export async function onPassPaid(tx: Transaction, scheduling: Scheduling, paid: Paid): Promise<void> {
  const now = scheduling.clock();
  const purchase = await lockPurchase(tx, paid.purchaseId);
  if (purchase !== null && purchase.status !== 'OPEN' && purchase.status !== 'EXPIRED') return;
  const reason = purchase === null ? 'PURCHASE_UNKNOWN' : await refusalOf(tx, purchase, paid);
  if (purchase === null || reason !== null) {
    if (purchase !== null) await setStatus(tx, purchase.id, 'REFUSED');
    await publish(tx, 'pass.refused', { purchaseId: paid.purchaseId, reason: reason ?? 'PURCHASE_UNKNOWN' });
    return;
  }
  const product = await findProduct(tx, purchase.productId);
  invariant(product, 'pass products are never deleted');
  const { validUntil } = await writePass(tx, {
    product,
    clientId: purchase.clientId,
    from: { purchaseId: purchase.id },
    actor: byItself('pass.paid', 'PAYMENT'),
    now,
  });
  await tx.query(`UPDATE pass_purchase SET status = 'PAID', ends_at = $2 WHERE id = $1`, [
    purchase.id,
    validUntil,
  ]);
  await publish(tx, 'pass.granted', { purchaseId: purchase.id, validUntil: validUntil.toISOString() });
}

/** Why what was promised cannot be kept, if it cannot. */
async function refusalOf(tx: Transaction, purchase: PassPurchase, paid: Paid): Promise<string | null> {
  const same =
    paid.clientId === purchase.boughtBy &&
    paid.amountMinor === purchase.priceMinor &&
    paid.currency === purchase.currency;
  if (!same) return 'QUOTE_MISMATCH';
  const known = await tx.query('SELECT FROM client WHERE id = $1', [purchase.clientId]);
  return known.length > 0 ? null : 'CLIENT_UNKNOWN';
}

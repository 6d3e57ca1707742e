import { randomUUID } from 'node:crypto';
import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { LimitReached } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { BeginPassPurchaseInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { findProduct } from './pass-product.ts';
import { findPurchase, type PassPurchase } from './pass-purchase.ts';

/** Time to find a card and pass a bank's page. Nothing is kept from others meanwhile, so it is longer than a slot's. */
const OFFER_MINUTES = 30;
/** More would only fill tables. */
const OPEN_MAX = 5;

interface PassPurchaseBegun {
  __typename: 'PassPurchaseBegun';
  purchase: PassPurchase;
}

interface PassNotSold {
  __typename: 'PassNotSold';
  message: string;
}

const notSold: PassNotSold = {
  __typename: 'PassNotSold',
  message: 'This pass cannot be bought here. Please ask at the front desk.',
};

const tooMany: LimitReached = {
  __typename: 'LimitReached',
  message: `You are buying ${OPEN_MAX} passes already. Please pay for one of them first, or wait until they end.`,
  limit: OPEN_MAX,
};

/** Offers somebody a pass for themselves, or for somebody they answer for, at today's price and for some minutes. */
export function beginPassPurchase(context: SchedulingContext, input: BeginPassPurchaseInput) {
  const { caller, ability } = context;
  const boughtBy = caller.accountId ?? '';
  const productId = readId(input.productId, 'productId');
  const clientId = readId(input.clientId ?? boughtBy, 'clientId');
  return settle<PassPurchaseBegun, PassNotSold | LimitReached>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: boughtBy,
        operation: 'beginPassPurchase',
        key: input.idempotencyKey,
        request: { productId, clientId },
      };
      const { purchaseId } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        if (!may(ability, 'book-for', 'Client', { id: clientId })) throw refused.notFound('client');
        const product = await findProduct(tx, productId);
        if (product === null || !product.active) throw refused.notFound('pass product');
        if (product.price === null) throw notDone(notSold);
        if ((await countOpen(tx, boughtBy, now)) >= OPEN_MAX) throw notDone(tooMany);
        const { amountMinor, currency } = product.price;
        const expiresAt = new Date(now.getTime() + OFFER_MINUTES * 60_000);
        const id = randomUUID();
        await tx.query(
          `INSERT INTO pass_purchase (id, organization_id, product_id, client_id, bought_by, price_minor, currency, status,
             created_at, expires_at, ends_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'OPEN', $8, $9, $9)`,
          [id, tx.organizationId, productId, clientId, boughtBy, amountMinor, currency, now, expiresAt],
        );
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'pass_purchase_begun',
          subject: { type: 'PassPurchase', id },
          dataSubjectId: clientId,
          at: now,
          details: { amountMinor: String(amountMinor), currency },
        });
        return { purchaseId: id };
      });
      const purchase = await findPurchase(tx, purchaseId);
      // A key repeated after the purchase's retention: what it was for is gone.
      if (purchase === null) throw refused.notFound('purchase');
      return { __typename: 'PassPurchaseBegun', purchase };
    }),
  );
}

/** The lock makes two requests of one person count one after the other; it ends with the transaction. */
async function countOpen(tx: Transaction, boughtBy: string, now: Date): Promise<number> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`open purchases of ${boughtBy}`]);
  const [row] = await tx.query<{ open: number }>(
    `SELECT count(*)::int AS open FROM pass_purchase WHERE bought_by = $1 AND status = 'OPEN' AND expires_at > $2`,
    [boughtBy, now],
  );
  invariant(row, 'a count has one row');
  return row.open;
}

import type { Transaction } from '@kept/database';
import { publish, type EventPayload } from '@kept/events';
import { byItself } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Scheduling } from '../scheduling.ts';
import type { Pass } from './pass.ts';
import { lockPassOf } from './pass.ts';
import { lockPurchase, setStatus } from './pass-purchase.ts';

/**
 * The money for a pass is to go back: first the pass is taken back, here, and only then does payments send the money. Of a
 * redemption and this, whoever has the lock of the pass first is right, and the other one is refused
 * (`what_is_given_back_pays_for_nothing`).
 */
export async function onPassRefundAsked(
  tx: Transaction,
  scheduling: Scheduling,
  { purchaseId, refundId }: EventPayload<'pass.refund_asked'>,
): Promise<void> {
  const purchase = await lockPurchase(tx, purchaseId);
  const pass = purchase === null ? null : await lockPassOf(tx, purchaseId);
  // Two years after its end nobody knows of it any more: nothing is left that could be used.
  if (purchase === null || pass === null) {
    await publish(tx, 'pass.revoked', { purchaseId, refundId });
    return;
  }
  if (pass.used > 0) {
    await publish(tx, 'pass.kept', { purchaseId, refundId, reason: 'CREDIT_USED' });
    return;
  }
  await tx.query('UPDATE pass SET revoked_at = coalesce(revoked_at, $2), revoked_for = $3 WHERE id = $1', [
    pass.id,
    scheduling.clock(),
    refundId,
  ]);
  await setStatus(tx, purchaseId, 'RETURNED');
  await publish(tx, 'pass.revoked', { purchaseId, refundId });
  await record(tx, scheduling, pass, 'pass_revoked');
}

/** The money did not go back after all: whoever paid has the pass again. Not when another refund has been asked for since. */
export async function onPassRefundFailed(
  tx: Transaction,
  scheduling: Scheduling,
  { purchaseId, refundId }: EventPayload<'pass.refund_failed'>,
): Promise<void> {
  const purchase = await lockPurchase(tx, purchaseId);
  const pass = purchase === null ? null : await lockPassOf(tx, purchaseId);
  if (pass === null || pass.revokedFor !== refundId) return;
  await tx.query('UPDATE pass SET revoked_at = NULL, revoked_for = NULL WHERE id = $1', [pass.id]);
  await setStatus(tx, purchaseId, 'PAID');
  await record(tx, scheduling, pass, 'pass_restored');
}

// oxlint-disable-next-line max-params -- record(tx, scheduling, pass, 'pass_revoked') reads as a sentence
function record(tx: Transaction, scheduling: Scheduling, pass: Pass, action: string): Promise<void> {
  return recordChange(tx, {
    actor: byItself('pass.refund', 'PAYMENT'),
    action,
    subject: { type: 'Pass', id: pass.id },
    dataSubjectId: pass.clientId,
    at: scheduling.clock(),
  });
}

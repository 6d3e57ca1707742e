import type { Actor } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { lookUpOp } from './look-up-op.ts';
import { recordOutcome } from './record-outcome.ts';
import { sendOp, type OpOutcome, type OpPlace } from './send-op.ts';

/**
 * Refusals that only say that the object is already elsewhere: perhaps because an earlier attempt of this very operation
 * arrived after all. The object itself decides.
 */
const LOOK_FIRST = new Set([
  'payment_intent_unexpected_state',
  'charge_already_refunded',
  'charge_already_captured',
  'amount_too_large',
]);

/** Sends an operation, finds out what came of it, and records it. */
export async function performOp(payments: Payments, place: OpPlace, actor: Actor): Promise<OpOutcome> {
  let outcome = await sendOp(payments, place);
  if (outcome.kind === 'REJECTED' && LOOK_FIRST.has(outcome.code)) {
    const { code } = outcome;
    const found = await lookUpOp(payments, place);
    outcome = found.kind === 'REJECTED' ? { ...found, code } : found;
  }
  await recordOutcome(payments, place, { outcome, actor });
  return outcome;
}

import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { lookUpOp } from './look-up-op.ts';
import { recordOutcome } from './record-outcome.ts';
import { sendOp, type OpPlace } from './send-op.ts';

/** The processor may forget an idempotency key after 24 hours; an hour is kept for clocks and queues. */
const KEY_LIFE_MS = 23 * 3_600_000;
const JANITOR = byItself('check-payment-op');

/**
 * The janitor of one operation whose outcome is not known.
 * Repeats a young operation with the key it had: the processor answers what it answered, or does it now for the first
 * time. When that stays unclear (a recorded 500 is replayed too), or the key may be forgotten, it is only searched for.
 */
export async function checkOp(payments: Payments, place: OpPlace): Promise<void> {
  const firstSentAt = await payments.database.transaction(place.organizationId, async (tx) => {
    const [row] = await tx.query<{ first_sent_at: Date | null }>(
      `SELECT first_sent_at FROM payment_op WHERE id = $1 AND state IN ('REQUESTED', 'UNKNOWN')`,
      [place.opId],
    );
    return row === undefined ? undefined : row.first_sent_at;
  });
  if (firstSentAt === undefined) return;
  const keyIsKnown = firstSentAt === null || payments.clock().getTime() - firstSentAt.getTime() < KEY_LIFE_MS;
  let outcome = keyIsKnown ? await sendOp(payments, place) : await lookUpOp(payments, place);
  if (keyIsKnown && outcome.kind !== 'DONE') {
    const found = await lookUpOp(payments, place);
    // Not found right after sending proves nothing: the processor's search lags behind.
    if (found.kind === 'DONE') outcome = found;
  }
  await recordOutcome(payments, place, { outcome, actor: JANITOR });
}

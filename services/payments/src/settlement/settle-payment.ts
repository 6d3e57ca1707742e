import type { Transaction } from '@kept/database';
import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { SENDING_MS } from '../operations/begin-op.ts';
import { performOp } from '../operations/perform-op.ts';
import type { Payment } from '../payments/payment.ts';
import { nextLook } from './next-look.ts';
import { nextStep } from './next-step.ts';
import { readSituation } from './read-situation.ts';
import { takeStep, type Taken } from './take-step.ts';

const ACTOR = byItself('settle-payment');
/** Reserve, confirm, capture, refund, earn: no payment has more steps to go at once. */
const STEPS_MAX = 6;

/** Takes the payment as far as its booking asks, one step after the other; stops where an outcome is not known. */
export async function settlePayment(
  payments: Payments,
  { organizationId, paymentId }: { organizationId: string; paymentId: string },
): Promise<void> {
  for (let count = 0; count < STEPS_MAX; count += 1) {
    const taken = await payments.database.transaction(organizationId, (tx) => goOn(payments, tx, paymentId));
    if (taken === 'NOTHING_TO_DO') return;
    if (taken === 'DONE_HERE') continue;
    const outcome = await performOp(payments, { organizationId, opId: taken.opId }, ACTOR);
    if (outcome.kind === 'UNKNOWN') return;
  }
}

async function goOn(payments: Payments, tx: Transaction, paymentId: string): Promise<Taken> {
  const now = payments.clock();
  const situation = await readSituation(tx, paymentId, now);
  if (situation === null) return 'NOTHING_TO_DO';
  if (situation === 'UNDER_WAY') {
    // One after the other: whoever finishes the open one comes back here, or else the sweep does.
    await tx.query('UPDATE payment SET settle_due_at = $2 WHERE id = $1', [
      paymentId,
      new Date(now.getTime() + SENDING_MS),
    ]);
    return 'NOTHING_TO_DO';
  }
  const step = nextStep(situation);
  const { payment } = situation;
  if (step === null) return rest(tx, payment, nextLook(situation));
  return takeStep({ payments, tx, payment, actor: ACTOR }, step, situation);
}

/** Nothing is asked of it now: time alone may ask again. */
async function rest(tx: Transaction, payment: Payment, settleDueAt: Date | null): Promise<Taken> {
  payment.settleDueAt = settleDueAt;
  payment.settleAttempts = 0;
  await tx.manager.save(payment);
  return 'NOTHING_TO_DO';
}

import type { Payments } from '../context.ts';
import { finishEvidence } from '../disputes/send-evidence.ts';
import { chargeDueFees } from '../fees/charge-fee.ts';
import { checkOp } from '../operations/check-op.ts';
import { attachMethod } from '../payment-methods/attach-method.ts';
import { lookAtCollection } from '../payment-methods/look-at-collection.ts';
import { retireMethod } from '../payment-methods/retire-methods.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { mergeDueEvents } from '../webhooks/merge-due-events.ts';
import { findDueWork, type DueWork } from './find-due-work.ts';
import { takeTurns } from './take-turns.ts';

/** Well below the time the job has; what is left is found by the next one. */
const BUDGET_MS = 120_000;

/**
 * Looks after everything that is due: outcomes that are not known (the janitor), events of the processor, payments that
 * their booking asks something of, payment methods that were begun or go, visits to the card page. Jobs are faster; this is what makes it certain.
 * Organizations take turns: one with thousands of payments holds nobody up.
 */
export async function sweep(payments: Payments, { budgetMs = BUDGET_MS } = {}): Promise<void> {
  const end = performance.now() + budgetMs;
  const rest = { until: end };
  // Neither may keep the janitor from its turn: what trouble one of them has, its own rows bring back.
  await attempt(payments, { part: 'evidence' }, () => finishEvidence(payments, rest));
  await attempt(payments, { part: 'fees' }, () => chargeDueFees(payments, rest));
  for (;;) {
    const due = await findDueWork(payments);
    await lookAfter(payments, due);
    // Payment methods come again by themselves: only what was claimed is different each time.
    const claimed = due.some(({ ops, payments: settling }) => ops.length + settling.length > 0);
    if (!claimed || performance.now() >= end) return;
  }
}

/** One that fails must not keep the others from their turn; its row brings it back. */
// oxlint-disable-next-line max-params -- attempt(payments, op, () => checkOp(payments, op)) reads as a sentence
async function attempt(payments: Payments, what: object, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    payments.log.error({ err: error, ...what }, 'could not be finished; it is tried again');
  }
}

async function lookAfter(payments: Payments, due: readonly DueWork[]): Promise<void> {
  for (const op of takeTurns(due.map(({ ops }) => ops)))
    await attempt(payments, op, () => checkOp(payments, op));
  await attempt(payments, { part: 'events' }, () => mergeDueEvents(payments));
  for (const payment of takeTurns(due.map((found) => found.payments)))
    await attempt(payments, payment, () => settlePayment(payments, payment));
  for (const method of takeTurns(due.map(({ methods }) => methods)))
    await attempt(payments, method, () => attachMethod(payments, method));
  for (const visit of takeTurns(due.map(({ collections }) => collections)))
    await attempt(payments, visit, () => lookAtCollection(payments, visit));
  for (const method of takeTurns(due.map(({ retiring }) => retiring)))
    await attempt(payments, method, () => retireMethod(payments, method));
}

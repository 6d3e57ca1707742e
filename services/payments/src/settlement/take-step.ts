import { publish } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { earnPayment } from '../ledger/earn-payment.ts';
import { notifyClient } from '../notices/notify-client.ts';
import { beginOp } from '../operations/begin-op.ts';
import { auditPayment, settleAfterCommit, type Merge } from '../payments/payment-change.ts';
import { beginPayment } from '../payments/begin-payment.ts';
import { findMandate } from '../payments/find-mandate.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { dropRefund } from '../refunds/apply-refund-facts.ts';
import { beginRefund, sendRefund } from '../refunds/begin-refund.ts';
import { Refund } from '../refunds/refund.ts';
import { actionDeadline } from './action-deadline.ts';
import type { NextStep, Situation } from './next-step.ts';
import { renewalOf } from './read-situation.ts';

export type Taken = 'NOTHING_TO_DO' | 'DONE_HERE' | { opId: string };

/** Begins what was found to be next: written down here, sent by the caller once this is committed. */
export async function takeStep(
  merge: Merge,
  step: Exclude<NextStep, null>,
  situation: Situation,
): Promise<Taken> {
  const { payment } = merge;
  switch (step.step) {
    case 'AUTHORIZE':
      return begin(merge, 'AUTHORIZE', payment.amountMinor);
    case 'CAPTURE':
      if (payment.status === 'AUTHORIZED') await change(merge, () => payment.confirm());
      await change(merge, () => payment.startCapture());
      return begin(merge, 'CAPTURE', step.amountMinor);
    case 'VOID':
      // An authorization that still waits for the cardholder is only called off; its payment is then abandoned.
      if (payment.status !== 'REQUIRES_ACTION' && payment.status !== 'VOIDING')
        await change(merge, () => payment.startVoid());
      return begin(merge, 'VOID', payment.amountMinor);
    case 'EXPIRE':
      // Called off at the processor too, so that nothing stays reserved should its clock say otherwise.
      return begin(merge, 'VOID', payment.amountMinor);
    case 'ABANDON':
      await change(merge, () => payment.abandon());
      await auditPayment(merge, 'payment_abandoned');
      return 'DONE_HERE';
    case 'RENEW':
      return renew(merge);
    case 'ASK_CLIENT':
      return askClient(merge, situation);
    case 'UNPAID':
      return giveUp(merge);
    case 'REFUND':
      return { opId: (await beginRefund(merge, step)).op.id };
    case 'SEND_REFUND':
      return { opId: (await sendRefund(merge, await findRefund(merge, step.refundId))).id };
    case 'DROP_REFUND':
      await dropRefund(merge, await findRefund(merge, step.refundId));
      return 'DONE_HERE';
    case 'EARN':
      // What is no appointment was had as it was sold: there is nobody who did not come.
      await earnPayment(merge, situation.booking ?? { outcome: 'COMPLETED', attended: true });
      return 'DONE_HERE';
  }
}

const findRefund = ({ tx }: Merge, id: string): Promise<Refund> => tx.manager.findOneByOrFail(Refund, { id });

async function change({ tx, payment }: Merge, how: () => void): Promise<void> {
  how();
  await tx.manager.save(payment);
}

async function begin(
  { payments, tx, payment }: Merge,
  kind: 'AUTHORIZE' | 'CAPTURE' | 'VOID',
  amountMinor: bigint,
): Promise<Taken> {
  return { opId: (await beginOp(tx, { payment, kind, amountMinor, now: payments.clock() })).id };
}

/** Another reservation in the place of one that would not have lasted, under the same consent. */
async function renew(merge: Merge): Promise<Taken> {
  const { payments, tx, payment, actor } = merge;
  const mandate = await findMandate(tx, renewalOf(payment));
  invariant(mandate, 'the situation was read in this transaction');
  const now = payments.clock();
  const { bookingId, clientId, amountMinor, currency, holdId } = payment;
  const renewed = await beginPayment(
    { payments, tx, actor },
    {
      purpose: 'HOLD',
      bookingId,
      clientId,
      amountMinor,
      currency,
      holdId,
      methodId: mandate.methodId,
      mandateId: mandate.id,
      offSession: true,
      quoteExpiresAt: now,
      authorizeAt: now,
      now,
    },
  );
  settleAfterCommit(payments, tx, renewed.payment);
  return 'NOTHING_TO_DO';
}

async function askClient(merge: Merge, { booking, now }: Situation): Promise<Taken> {
  const { tx, payment } = merge;
  invariant(booking?.startsAt, 'only what secures an appointment asks its client');
  const actionDueAt = actionDeadline(booking.startsAt, now);
  await change(merge, () => (payment.actionDueAt = actionDueAt));
  await notifyClient(tx, {
    payment,
    template: 'payment-action-needed',
    causeId: payment.id,
    amountMinor: payment.amountMinor,
    dueAt: actionDueAt,
    at: now,
  });
  await auditPayment(merge, 'payment_action_needed');
  return 'DONE_HERE';
}

async function giveUp(merge: Merge): Promise<Taken> {
  const { payments, tx, payment } = merge;
  const { id: paymentId, bookingId, status } = payment;
  invariant(bookingId, 'only what secures an appointment can be unpaid');
  const { onUnpaid: policy } = await readPolicy(tx, payment.createdAt);
  await change(merge, () => (payment.unpaidAt = payments.clock()));
  await publish(tx, 'payment.unpaid', { paymentId, bookingId, reason: status.toLowerCase(), policy });
  await auditPayment(merge, 'payment_unpaid');
  return 'DONE_HERE';
}

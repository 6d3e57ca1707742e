import type { Transaction } from '@kept/database';
import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { performOp } from '../operations/perform-op.ts';
import { beginPayment } from '../payments/begin-payment.ts';
import { findMandate } from '../payments/find-mandate.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { takeTurns } from '../sweeping/take-turns.ts';
import { Fee } from './fee.ts';

const ACTOR = byItself('charge-fee');
const LOOK_AGAIN_MS = 60_000;
/** Until when a cardholder whose bank asks for them is waited for. */
const ACTION_MS = 72 * 3_600_000;
const PER_ORGANIZATION_MAX = 200;

export interface FeePlace {
  organizationId: string;
  feeId: string;
}

/**
 * Charges every fee that is due; one that cannot be yet comes back, and lets others go first. Organizations take turns, and
 * what there is no time for any more (`until`, of `performance.now()`) comes back as well.
 */
export async function chargeDueFees(payments: Payments, { until = Infinity } = {}): Promise<void> {
  const due: FeePlace[][] = [];
  await payments.database.forEachOrganization('charge-fees', async (tx, organizationId) => {
    const now = payments.clock();
    const rows = await tx.query<{ id: string }>(
      `UPDATE fee SET due_at = $2 WHERE id IN (
         SELECT id FROM fee WHERE state = 'WAITING' AND due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [now, new Date(now.getTime() + LOOK_AGAIN_MS), PER_ORGANIZATION_MAX],
    );
    due.push(rows.map(({ id }) => ({ organizationId, feeId: id })));
  });
  for (const place of takeTurns(due)) {
    if (performance.now() >= until) return;
    try {
      await chargeFee(payments, place);
    } catch (error) {
      payments.log.error({ err: error, ...place }, 'a fee could not be charged; it is tried again');
    }
  }
}

/** Takes what is owed beyond what was paid ahead, under what the card's holder agreed to; nobody is asked, everybody is told. */
export async function chargeFee(payments: Payments, { organizationId, feeId }: FeePlace): Promise<void> {
  const begun = await payments.database.transaction(organizationId, (tx) => begin(payments, tx, feeId));
  if (begun === null) return;
  await performOp(payments, { organizationId, opId: begun.opId }, ACTOR);
  await settlePayment(payments, { organizationId, paymentId: begun.paymentId });
}

async function begin(
  payments: Payments,
  tx: Transaction,
  feeId: string,
): Promise<{ opId: string; paymentId: string } | null> {
  const fee = await lockFee(tx, feeId);
  if (fee?.state !== 'WAITING') return null;
  const now = payments.clock();
  const paid = await paidAhead(tx, fee);
  if (paid === 'UNSETTLED') return null;
  const amountMinor = fee.agreedMinor - paid;
  const decide = (change: Partial<Fee>) => tx.manager.update(Fee, fee.id, { ...change, decidedAt: now });
  if (amountMinor <= 0n) {
    await decide({ state: 'COVERED' });
    return null;
  }
  const { bookingId, clientId, purpose, currency } = fee;
  const charge = { clientId, bookingId, methodId: null, use: purpose, amountMinor, currency };
  const mandate = await findMandate(tx, charge);
  if (mandate === null) {
    await decide({ state: 'NOT_AGREED' });
    return null;
  }
  const { payment, op } = await beginPayment(
    { payments, tx, actor: ACTOR },
    {
      purpose,
      bookingId,
      clientId,
      methodId: mandate.methodId,
      amountMinor,
      currency,
      mandateId: mandate.id,
      offSession: true,
      holdId: null,
      quoteExpiresAt: new Date(now.getTime() + ACTION_MS),
      now,
    },
  );
  await decide({ state: 'CHARGED', paymentId: payment.id });
  return op === null ? null : { opId: op.id, paymentId: payment.id };
}

export async function lockFee(tx: Transaction, id: string): Promise<Fee | null> {
  const fee = await tx.manager.findOneBy(Fee, { id });
  if (fee === null) return null;
  // The booking is locked first, as everywhere: what becomes of its money is decided one after the other.
  await tx.query('SELECT FROM booking_reference WHERE booking_id = $1 FOR UPDATE', [fee.bookingId]);
  return tx.manager.findOne(Fee, { where: { id }, lock: { mode: 'pessimistic_write' } });
}

/** What the business keeps of what was paid ahead counts: neither not coming nor calling off late is paid for twice. */
async function paidAhead(tx: Transaction, fee: Fee): Promise<bigint | 'UNSETTLED'> {
  const all = await tx.manager.findBy(Payment, { bookingId: fee.bookingId });
  const live = all.filter(({ purpose, status }) => purpose !== 'PASS' && !DEAD.includes(status));
  const ahead = live.filter(
    ({ purpose }) => purpose === 'DEPOSIT' || purpose === 'HOLD' || purpose === 'BALANCE',
  );
  // Something of it is still to be taken or given back: what will be kept is not known yet.
  if (ahead.some(({ status, settleDueAt }) => status !== 'CAPTURED' || settleDueAt !== null))
    return 'UNSETTLED';
  return ahead.reduce((sum, payment) => sum + payment.refundableMinor(), 0n);
}

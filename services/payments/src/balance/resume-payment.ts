import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { BookingReference } from '../bookings/booking-reference.ts';
import { askingAccount, type PaymentsContext } from '../context.ts';
import { beginAssessed } from '../fraud/begin-assessed.ts';
import { ifUuid } from '../if-uuid.ts';
import { findMandate } from '../payments/find-mandate.ts';
import { payOnce, type Answer, type Stored } from '../payments/once.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { usableMethod } from '../payments/usable-method.ts';
import { toWire } from '../processor/wire-amount.ts';
import type { ResumePaymentInput } from '../schema-types.ts';
import { confirmAgain } from './confirm-again.ts';

/** Whoever must authenticate has as long as for a slot. */
const ON_SESSION_MS = 15 * 60_000;

/**
 * The payer is back. What waits for them at the bank goes on there; what came to nothing is begun anew, for the same
 * appointment and amount, as long as the appointment stands and nothing else is reserved for it.
 */
export async function resumePayment(
  context: PaymentsContext,
  input: ResumePaymentInput,
): Promise<Answer<'NOTHING_DUE'>> {
  const { paymentId, paymentMethodId, idempotencyKey: key } = input;
  const answer = await payOnce<'NOTHING_DUE'>(context, {
    operation: 'resumePayment',
    key,
    request: { paymentId, paymentMethodId: paymentMethodId ?? null },
    begin: (tx) => resume(context, tx, input),
  });
  const waits = answer.kind === 'STANDS' && answer.payment.status === 'REQUIRES_ACTION';
  // A new one has just been sent; an old one is taken up where it stands, as often as its payer comes back.
  if (!waits || answer.clientSecret !== null) return answer;
  return confirmAgain(context, answer.payment, { methodId: paymentMethodId ?? null, key });
}

async function resume(
  context: PaymentsContext,
  tx: Transaction,
  { paymentId, paymentMethodId }: ResumePaymentInput,
): Promise<Stored<'NOTHING_DUE'>> {
  const { payments } = context;
  const { accountId } = askingAccount(context);
  const payment = await ifUuid(paymentId, () => tx.manager.findOneBy(Payment, { id: paymentId }));
  if (payment === null || payment.clientId !== accountId) throw refused.notFound('payment');
  if (!DEAD.includes(payment.status)) return { paymentId: payment.id, opId: null };
  const { bookingId, purpose, clientId, amountMinor, currency, holdId } = payment;
  const booking =
    bookingId === null
      ? null
      : await tx.manager.findOne(BookingReference, {
          where: { bookingId },
          lock: { mode: 'pessimistic_write' },
        });
  const now = payments.clock();
  const stands = booking?.outcome === 'CONFIRMED' && booking.startsAt !== null && now < booking.startsAt;
  const secures = purpose === 'HOLD' || (purpose === 'DEPOSIT' && payment.status === 'AUTH_EXPIRED');
  if (!secures || bookingId === null || !stands) return { refused: 'NOTHING_DUE' };
  const others = await tx.manager.findBy(Payment, { bookingId });
  const live = others.find((other) => other.holdId !== null && !DEAD.includes(other.status));
  if (live !== undefined) return { paymentId: live.id, opId: null };
  if (await wasRefused(tx, bookingId)) return { refused: 'NOTHING_DUE' };
  if (!toWire({ amountMinor, currency }).possible) return { refused: 'NOTHING_DUE' };
  const methodId = paymentMethodId ?? payment.paymentMethodId;
  if (methodId === null) throw refused.notFound('payment method');
  const method = await usableMethod(context, tx, methodId);
  const charge = { clientId, bookingId, methodId: method.id, amountMinor, currency };
  const mandate = await findMandate(tx, { ...charge, use: 'HOLD' });
  const { payment: renewed, op } = await beginAssessed(context, tx, {
    clientId,
    bookingId,
    amountMinor,
    currency,
    method,
    purpose,
    holdId,
    mandateId: mandate?.id ?? null,
    quoteExpiresAt: new Date(now.getTime() + ON_SESSION_MS),
    now,
  });
  return { paymentId: renewed.id, opId: op?.id ?? null };
}

/** Somebody here has looked at what was reserved for it, and would not take it: coming back does not change that. */
async function wasRefused(tx: Transaction, bookingId: string): Promise<boolean> {
  const refusals = await tx.query(
    `SELECT FROM payment_assessment a JOIN payment p ON p.id = a.payment_id
     WHERE p.booking_id = $1 AND a.decision = 'REFUSE' LIMIT 1`,
    [bookingId],
  );
  return refusals.length > 0;
}

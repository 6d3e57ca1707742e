import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { assessedFor, assessPayment } from '../fraud/assess-payment.ts';
import { noteBooking } from '../bookings/note-booking.ts';
import { recordChange } from '../audit/record-change.ts';
import type { PaymentsContext } from '../context.ts';
import { lockClient } from '../payment-methods/lock-client.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { toWire } from '../processor/wire-amount.ts';
import type { QuoteRefusal } from '../schema-types.ts';
import { beginPayment } from './begin-payment.ts';
import { chooseCollection } from './choose-collection.ts';
import { findMandate } from './find-mandate.ts';
import { DEAD, Payment } from './payment.ts';
import type { Quote } from './read-quote.ts';
import { usableMethod } from './usable-method.ts';

/** What is stored under the idempotency key: ids and states only. */
export type Begun =
  | { refused: QuoteRefusal }
  /** The booking that a card alone stands for. */
  | { secured: string }
  | { paymentId: string; opId: string | null };

/** Writes down what a quote asks for; with what is reserved later or never, scheduling hears at once that it is secured. */
export async function beginQuoted(
  context: PaymentsContext,
  tx: Transaction,
  { quote, paymentMethodId }: { quote: Quote; paymentMethodId: string },
): Promise<Begun> {
  const { payments } = context;
  const now = payments.clock();
  const amountMinor = BigInt(quote.amountMinor);
  if (now >= new Date(quote.expiresAt)) return { refused: 'EXPIRED' };
  if (!toWire({ amountMinor, currency: quote.currency }).possible)
    return { refused: 'CURRENCY_NOT_SUPPORTED' };
  const method = await usableMethod(context, tx, paymentMethodId);

  // Locks the booking: two keys that race for one deposit meet here, one after the other.
  const booking = await noteBooking(payments, tx, { ...quote, outcome: 'HELD', version: 0 });
  if (booking.outcome === 'REFUSED' || booking.outcome === 'CANCELLED') return { refused: 'EXPIRED' };
  const earlier = await tx.manager.findBy(Payment, { bookingId: quote.bookingId });
  const live = earlier.find(({ status, holdId }) => holdId !== null && !DEAD.includes(status));
  if (live !== undefined) {
    await waitAsLongAs(tx, live, quote);
    return { paymentId: live.id, opId: null };
  }

  const { bookingId, clientId, currency, holdId } = quote;
  const charge = { clientId, bookingId, methodId: method.id, amountMinor, currency };
  if (quote.collect === 'CARD') return secureByCard(context, tx, { quote, charge });
  const mandate = await findMandate(tx, { ...charge, use: 'HOLD' });
  const policy = await readPolicy(tx);
  const chosen = chooseCollection(quote, policy, { hasMandate: mandate !== null, now });
  const isHold = chosen.purpose === 'HOLD';
  const assessment = await assessPayment(payments, tx, { ...charge, caller: context.caller, method, now });
  // What is blocked is declined now, as a bank would, not when its time comes.
  const authorizeAt = isHold && assessment.outcome !== 'BLOCK' ? chosen.authorizeAt : null;
  const { payment, op } = await beginPayment(
    { payments, tx, actor: context.caller },
    {
      ...charge,
      holdId,
      purpose: isHold ? 'HOLD' : 'DEPOSIT',
      mandateId: isHold ? (mandate?.id ?? null) : null,
      offSession: authorizeAt !== null,
      quoteExpiresAt: new Date(quote.expiresAt),
      authorizeAt,
      now,
    },
  );
  await assessedFor(tx, assessment.id, payment.id);
  if (op === null)
    await publish(tx, 'payment.secured', { paymentId: payment.id, bookingId, holdId, clientId });
  return { paymentId: payment.id, opId: op?.id ?? null };
}

/** No money now: a card, and the consent to charge what not coming or calling off late costs, stand for the slot. */
async function secureByCard(
  { payments, caller }: PaymentsContext,
  tx: Transaction,
  { quote, charge }: { quote: Quote; charge: Omit<Parameters<typeof findMandate>[1], 'use'> },
): Promise<Begun> {
  const { organizationId, bookingId, holdId, clientId, noShowFeeMinor, lateCancellationFeeMinor } = quote;
  // Whoever takes the card away meanwhile comes before or after this: never a slot that no card stands for.
  await lockClient(tx, { organizationId, clientId, now: payments.clock() });
  const uses = [
    ['NO_SHOW_FEE', noShowFeeMinor],
    ['LATE_CANCEL_FEE', lateCancellationFeeMinor],
  ] as const;
  for (const [use, feeMinor] of uses) {
    if (feeMinor === undefined) continue;
    // Each fee has a consent and a limit of its own; the quote's amount is the greater of them.
    const agreed = await findMandate(tx, { ...charge, use, amountMinor: BigInt(feeMinor) });
    if (agreed === null) return { refused: 'CONSENT_NEEDED' };
  }
  await publish(tx, 'payment.secured', { bookingId, holdId, clientId });
  await recordChange(tx, {
    actor: caller,
    action: 'booking_secured_by_card',
    subject: { type: 'Booking', id: bookingId },
    dataSubjectId: clientId,
    at: payments.clock(),
  });
  return { secured: bookingId };
}

/** The slot is kept longer, so whoever is still on their bank's page may be so, too. Never shorter: an old quote may come late. */
async function waitAsLongAs(tx: Transaction, payment: Payment, quote: Quote): Promise<void> {
  const quoteExpiresAt = new Date(quote.expiresAt);
  if (payment.status !== 'REQUIRES_ACTION' || quoteExpiresAt <= payment.quoteExpiresAt) return;
  await tx.manager.update(Payment, { id: payment.id, status: 'REQUIRES_ACTION' }, { quoteExpiresAt });
}

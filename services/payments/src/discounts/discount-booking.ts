import type { Transaction } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { amountDue } from '../bookings/amount-due.ts';
import { BookingReference } from '../bookings/booking-reference.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import type { DiscountBookingInput, DiscountRefusal } from '../schema-types.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;

export type Discounted =
  | { kind: 'DISCOUNTED'; discountMinor: bigint; dueMinor: bigint; currency: string }
  | { kind: 'REFUSED'; reason: DiscountRefusal };

/**
 * Somebody of the business takes something off what is still due of a price, and says why. What was paid stays paid: giving that
 * back is a refund, which large ones need two people for. The same discount said again changes nothing.
 */
export function discountBooking(context: PaymentsContext, input: DiscountBookingInput): Promise<Discounted> {
  const { caller } = context;
  requireRecentSecondFactor(caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  askingAccount(context);
  if (input.discountMinor < 0)
    throw refused.badInput('A discount is nothing or more.', { field: 'input.discountMinor' });
  return inOrganization(context, (tx) => discount(context, tx, input));
}

async function discount(
  { caller, payments }: PaymentsContext,
  tx: Transaction,
  { bookingId, discountMinor: asked, reason }: DiscountBookingInput,
): Promise<Discounted> {
  const booking = await ifUuid(bookingId, () =>
    tx.manager.findOne(BookingReference, { where: { bookingId }, lock: { mode: 'pessimistic_write' } }),
  );
  if (booking === null) throw refused.notFound('booking');
  const all = await tx.manager.findBy(Payment, { bookingId });
  const isBeingPaid = all.some(
    ({ purpose, status }) => purpose === 'BALANCE' && status !== 'CAPTURED' && !DEAD.includes(status),
  );
  if (isBeingPaid) return { kind: 'REFUSED', reason: 'BEING_PAID' };
  const policy = await readPolicy(tx);
  const whole = amountDue({ ...booking, discountMinor: 0n }, all, policy);
  const { currency, discountMinor: before } = booking;
  if (whole === null || currency === null) return { kind: 'REFUSED', reason: 'NOT_OWED' };
  const discountMinor = BigInt(asked);
  const changed = discountMinor !== before;
  // What was given when more was due stands, and can be made less.
  if (discountMinor > before && discountMinor > whole)
    return { kind: 'REFUSED', reason: whole === 0n ? 'NOT_OWED' : 'MORE_THAN_DUE' };
  if (changed) {
    booking.discountMinor = discountMinor;
    await tx.manager.save(booking);
    await recordChange(tx, {
      actor: caller,
      action: 'booking_discounted',
      subject: { type: 'booking', id: bookingId },
      dataSubjectId: booking.clientId,
      at: payments.clock(),
      details: { discountMinor: String(discountMinor), before: String(before), currency, reason },
    });
  }
  return { kind: 'DISCOUNTED', discountMinor, dueMinor: amountDue(booking, all, policy) ?? 0n, currency };
}

import type { BookingReference } from '../bookings/booking-reference.ts';
import { percentOf } from '../money/minor-units.ts';
import type { Payment } from '../payments/payment.ts';
import type { RefundCause } from '../refunds/refund.ts';

export type NextStep =
  | { step: 'CAPTURE'; amountMinor: bigint }
  | { step: 'VOID' }
  | { step: 'REFUND'; amountMinor: bigint; cause: RefundCause }
  | { step: 'EARN' }
  | null;

export interface Situation {
  payment: Payment;
  booking: Pick<BookingReference, 'outcome' | 'refundPercent'>;
  /** The causes of refunds that were made, whatever became of them: a refused one is for a person to look at. */
  refundCauses: readonly RefundCause[];
  /** Definitive refusals of captures and voids so far. */
  refusals: number;
  earned: boolean;
  /** What amounts must be a multiple of, in this currency. */
  stepMinor: bigint;
  now: Date;
}

/** A capture or void that was definitively refused this often is not tried again by itself. */
const REFUSALS_MAX = 3;

/**
 * What the booking's outcome asks of the money, as a pure function of how things stand. Asked again after every change
 * and by the sweep, so an event that comes early, late or twice leads to the same end.
 */
export function nextStep(situation: Situation): NextStep {
  const { payment, refusals, now } = situation;
  switch (payment.status) {
    case 'REQUIRES_ACTION':
      // Nobody waits any more: either the slot is gone, or the quote's time is over.
      return refusals < REFUSALS_MAX && (isOff(situation) || now >= payment.quoteExpiresAt)
        ? { step: 'VOID' }
        : null;
    case 'AUTHORIZED':
    case 'CONFIRMED':
    case 'VOIDING':
      return refusals < REFUSALS_MAX ? forReserved(situation) : null;
    case 'CAPTURED':
      return forCaptured(situation);
    default:
      return null;
  }
}

const isOff = ({ booking }: Situation): boolean =>
  booking.outcome === 'REFUSED' || booking.outcome === 'CANCELLED';

function forReserved(situation: Situation): NextStep {
  const { payment, booking, stepMinor, now } = situation;
  if (payment.status === 'VOIDING') return { step: 'VOID' };
  if (booking.outcome === 'CONFIRMED' || booking.outcome === 'COMPLETED') {
    return { step: 'CAPTURE', amountMinor: payment.authorizedMinor };
  }
  if (booking.outcome === 'REFUSED') return { step: 'VOID' };
  if (booking.outcome !== 'CANCELLED') {
    // Nobody decided for as long as the reservation stood: it is over at the processor, whether we heard of it or not.
    const { authorizationExpiresAt } = payment;
    return authorizationExpiresAt !== null && now >= authorizationExpiresAt ? { step: 'VOID' } : null;
  }
  // Cancelled before the money was taken: take only what the policy keeps, the rest of the reservation is released.
  const back = percentOf(payment.authorizedMinor, booking.refundPercent ?? 100, stepMinor);
  const kept = payment.authorizedMinor - back;
  return kept === 0n ? { step: 'VOID' } : { step: 'CAPTURE', amountMinor: kept };
}

function forCaptured(situation: Situation): NextStep {
  const { payment, booking, refundCauses, earned } = situation;
  if (booking.outcome === 'HELD' || booking.outcome === 'CONFIRMED') return null;
  const cause = booking.outcome === 'REFUSED' ? 'BOOKING_REFUSED' : 'BOOKING_CANCELLED';
  const amountMinor = refundDue(situation);
  // While the bank disputes the charge, giving money back would be a double loss.
  const possible = amountMinor > 0n && payment.disputedMinor === 0n && !refundCauses.includes(cause);
  // Of what is over nothing comes back, unless scheduling says so: its client did not come, and that costs less than the deposit.
  const givesBack = isOff(situation) || (booking.refundPercent ?? 0) > 0;
  if (givesBack && possible) return { step: 'REFUND', amountMinor, cause };
  return earned ? null : { step: 'EARN' };
}

function refundDue({ payment, booking, stepMinor }: Situation): bigint {
  if (booking.outcome === 'REFUSED') return payment.refundableMinor();
  const back = percentOf(payment.authorizedMinor, booking.refundPercent ?? 100, stepMinor);
  // What was never taken (a capture in part, above) and what staff gave back already counts.
  const due = back - (payment.authorizedMinor - payment.capturedMinor) - payment.refundedMinor;
  const open = due - payment.refundPendingMinor;
  const possible = payment.refundableMinor();
  return open < 0n ? 0n : open > possible ? possible : open;
}

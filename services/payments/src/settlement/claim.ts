import type { BookingReference } from '../bookings/booking-reference.ts';
import { percentOf } from '../money/minor-units.ts';
import type { Payment } from '../payments/payment.ts';

/**
 * How wrong two clocks may be with each other: scheduling's, which says that a client did not come, and ours. Nothing is
 * taken for that before both have certainly passed the time.
 */
export const CLOCK_SKEW_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

/** What of a payment may be taken, and from when on. */
export interface Claim {
  readonly amountMinor: bigint;
  /** Null: at once. */
  readonly from: Date | null;
}

export type ClaimingBooking = Pick<
  BookingReference,
  'outcome' | 'refundPercent' | 'attended' | 'startsAt' | 'endsAt'
>;

interface Claiming {
  payment: Payment;
  /** Null for what belongs to no booking. */
  booking: ClaimingBooking | null;
  graceMinutes: number;
  stepMinor: bigint;
}

/** What the booking allows to take of a payment; null while nobody has decided about the slot. */
export function claimOf(claiming: Claiming): Claim | null {
  const { payment, booking } = claiming;
  const all = { amountMinor: payment.amountMinor, from: null };
  const nothing = { amountMinor: 0n, from: null };
  switch (payment.purpose) {
    // What was sold for itself, or is asked for what did not happen, waits for nothing.
    case 'PASS':
    case 'NO_SHOW_FEE':
    case 'LATE_CANCEL_FEE':
      return all;
    case 'BALANCE':
      return booking !== null && (isOff(booking) || booking.attended === false) ? nothing : all;
    case 'DEPOSIT':
    case 'HOLD':
      return booking === null ? null : claimOfSlot(claiming, booking);
  }
}

function claimOfSlot({ payment, graceMinutes, stepMinor }: Claiming, booking: ClaimingBooking): Claim | null {
  const { amountMinor } = payment;
  const kept = amountMinor - percentOf(amountMinor, booking.refundPercent ?? 0, stepMinor);
  const after = (instant: Date | null) =>
    instant && new Date(instant.getTime() + graceMinutes * MINUTE_MS + CLOCK_SKEW_MS);
  switch (booking.outcome) {
    case 'HELD':
      return null;
    case 'REFUSED':
      return { amountMinor: 0n, from: null };
    case 'CANCELLED':
      return {
        amountMinor: amountMinor - percentOf(amountMinor, booking.refundPercent ?? 100, stepMinor),
        from: null,
      };
    case 'CONFIRMED':
      // Nobody closed the appointment: it counts as over some time after its end.
      return { amountMinor, from: payment.purpose === 'HOLD' ? after(booking.endsAt) : null };
    case 'COMPLETED':
      return { amountMinor: kept, from: booking.attended === false ? after(booking.startsAt) : null };
  }
}

export const isOff = ({ outcome }: { outcome: BookingReference['outcome'] }): boolean =>
  outcome === 'REFUSED' || outcome === 'CANCELLED';

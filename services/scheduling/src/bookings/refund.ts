import { deadlineBefore } from '../availability/engine/deadline.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { PolicyCode } from '../schema-types.ts';
import type { Booking, CancellationTier } from './booking.ts';

/** What calling a booking off at an instant comes to. */
export interface CancellationTerms {
  /** The rule that stands against it; null when it can be called off. */
  readonly code: PolicyCode | null;
  readonly refundPercent: number;
  /** Up to and at this instant as much comes back; null when it stays as it is until the start. */
  readonly refundFallsAfter: Date | null;
}

/** Whether a booking can be called off now, and how much of its deposit comes back: what a preview says is what happens. */
export function judgeCancellation(booking: Booking, now: Date): CancellationTerms {
  const status = booking.statusAt(now);
  // What does not stand yet owes nothing.
  if (booking.isHeld() || booking.isUndecided()) {
    const code = status === 'EXPIRED' ? 'NOT_ACTIVE' : null;
    return { code, refundPercent: code === null ? 100 : 0, refundFallsAfter: null };
  }
  if (status !== 'CONFIRMED') return { code: 'NOT_ACTIVE', refundPercent: 0, refundFallsAfter: null };
  if (now >= booking.startsAt) return { code: 'ALREADY_STARTED', refundPercent: 0, refundFallsAfter: null };
  return { code: null, ...refundAt(booking, now) };
}

/** How much of the deposit comes back at this instant, by the tiers on the appointment's own calendar. */
export function refundPercentAt(booking: Booking, now: Date): number {
  return refundAt(booking, now).refundPercent;
}

/** Whether it is past the instant, up to and at which a booking can be called off for nothing. */
export function isLate(booking: Booking, now: Date): boolean {
  const start = booking.startsAt.getTime() / 60_000;
  const [first] = tiersOf(booking);
  const minutesBefore = first?.minutesBefore ?? booking.cancellationWindowMinutes;
  return now.getTime() > deadlineBefore(openZone(booking.timeZone), start, minutesBefore) * 60_000;
}

function refundAt(booking: Booking, now: Date): Omit<CancellationTerms, 'code'> {
  const start = booking.startsAt.getTime() / 60_000;
  const zone = openZone(booking.timeZone);
  for (const tier of tiersOf(booking)) {
    const deadline = deadlineBefore(zone, start, tier.minutesBefore) * 60_000;
    if (now.getTime() > deadline) continue;
    const falls = tier.refundPercent > 0 && deadline < booking.startsAt.getTime();
    return { refundPercent: tier.refundPercent, refundFallsAfter: falls ? new Date(deadline) : null };
  }
  return { refundPercent: 0, refundFallsAfter: null };
}

/** The earliest deadline first. Without tiers: all up to and at the window, nothing after it. */
function tiersOf(booking: Booking): readonly CancellationTier[] {
  const { cancellationTiers, cancellationWindowMinutes: minutesBefore } = booking;
  return (
    cancellationTiers?.toSorted((a, b) => b.minutesBefore - a.minutesBefore) ?? [
      { minutesBefore, refundPercent: 100 },
    ]
  );
}

// Amounts of these must end in 0 on a processor's wire; payments rounds the same way (its percentOf).
const THREE_DECIMALS = ['BHD', 'JOD', 'KWD', 'OMR', 'TND'];

/** A percentage of a deposit in whole steps of its currency, as payments gives it back: the half step goes to the client. */
export function partOf(amountMinor: number, percent: number, currency: string): number {
  const step = THREE_DECIMALS.includes(currency) ? 10n : 1n;
  const steps = (BigInt(amountMinor) / step) * BigInt(percent);
  return Number(((steps + 50n) / 100n) * step);
}

/** What is left of a deposit after a fee: only the deposit can be kept. Whole percent, and the part of one goes to the client. */
export function refundPercentAfter(feeMinor: number, depositMinor: number): number {
  return Math.ceil((Math.max(0, depositMinor - feeMinor) * 100) / depositMinor);
}

/** How much of the deposit comes back when the client did not come: nothing, unless the service says what that costs. */
export function refundPercentOfNoShow({
  noShowFeeMinor,
  depositMinor,
}: Pick<Booking, 'noShowFeeMinor' | 'depositMinor'>): number {
  if (noShowFeeMinor === null || depositMinor === null) return 0;
  return refundPercentAfter(noShowFeeMinor, depositMinor);
}

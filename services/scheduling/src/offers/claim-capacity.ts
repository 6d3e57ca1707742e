import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import type { LimitReached, PolicyViolation, SlotUnavailable } from '../bookings/violations.ts';
import type { Candidate } from './choose-offer.ts';

/** Why what a booking needs beside its windows could not be had. */
export type CapacityRefusal = SlotUnavailable | PolicyViolation | LimitReached;

/**
 * Takes what a booking needs beside its windows, within the attempt that took those: seats in a session, things out of
 * pools, its place within the limits. `until` is when a claim lapses by itself; null for one that stands.
 */
export function claimCapacity(
  _tx: Transaction,
  _claim: { booking: Booking; candidate: Candidate; until: Date | null; now: Date },
): Promise<CapacityRefusal | null> {
  return Promise.resolve(null);
}

/** Makes the claims of a booking that came to stand last: they no longer lapse. */
export function keepCapacity(_tx: Transaction, _bookingId: string): Promise<void> {
  return Promise.resolve();
}

/** Makes claims last longer, and takes again those that have lapsed. False when there is no room any more. */
export function renewCapacity(
  _tx: Transaction,
  _claim: { booking: Booking; until: Date; now: Date },
): Promise<boolean> {
  return Promise.resolve(true);
}

/** Gives back everything that a booking had claimed. */
export function dropCapacity(_tx: Transaction, _bookingId: string): Promise<void> {
  return Promise.resolve();
}

import { may, mayRead, type Ability } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { Booking } from './booking.ts';

/** A booking that the caller may know of and do this to. What they may not know of does not exist. */
export function demandVerb(
  ability: Ability,
  verb: string,
  booking: Booking | null,
): asserts booking is Booking {
  if (booking === null || !mayRead(ability, 'Booking', booking)) throw refused.notFound('booking');
  if (!may(ability, verb, 'Booking', booking)) throw refused.forbidden();
}

/** Reads a booking and keeps it from changing until the transaction ends. Bookings are locked before allocations. */
export function lockBooking(tx: Transaction, id: string): Promise<Booking | null> {
  return tx.manager.findOne(Booking, { where: { id }, lock: { mode: 'pessimistic_write' } });
}

/** Reads a booking as it is. */
export function findBooking(tx: Transaction, id: string): Promise<Booking | null> {
  return tx.manager.findOne(Booking, { where: { id } });
}

import { createPublicKey } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { findBooking } from '../bookings/find-booking.ts';
import { isOfTheirPlaces } from '../bookings/places.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { BookingHistory } from './booking-history.ts';
import { verifyHistory, type FaultyEntry } from './verify-history.ts';

/** Everything that happened to a booking, in order. */
export function readHistory(tx: Transaction, bookingId: string): Promise<BookingHistory[]> {
  return tx.manager.find(BookingHistory, { where: { bookingId }, order: { version: 'ASC' } });
}

/** An entry with the client it is about, by whom access is decided. */
export type BookingEvent = BookingHistory & { clientId: string };

/** The history of a booking of the organization; the graph decides per entry who may read it. */
export function findHistory(context: SchedulingContext, bookingId: string): Promise<BookingEvent[]> {
  return inOrganization(context, async (tx) => {
    const booking = await findBooking(tx, bookingId);
    if (booking === null || !isOfTheirPlaces(context.caller, booking)) throw refused.notFound('booking');
    const { clientId } = booking;
    return (await readHistory(tx, bookingId)).map((entry) => ({ ...entry, clientId }));
  });
}

/** Reads a history and says what is wrong with it. */
export function proveHistory(
  context: SchedulingContext,
  bookingId: string,
): Promise<{ intact: boolean; entries: number; faults: FaultyEntry[] }> {
  const { signingKey, pastSigningKeys = [] } = context.scheduling;
  const keys = [createPublicKey(signingKey), ...pastSigningKeys];
  return inOrganization(context, async (tx) => {
    const booking = await findBooking(tx, bookingId);
    if (booking === null || !isOfTheirPlaces(context.caller, booking)) throw refused.notFound('booking');
    const entries = await readHistory(tx, bookingId);
    const faults = verifyHistory(booking, entries, keys);
    return { intact: faults.length === 0, entries: entries.length, faults };
  });
}

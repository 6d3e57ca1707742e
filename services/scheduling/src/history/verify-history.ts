import type { KeyObject } from 'node:crypto';
import type { Booking } from '../bookings/booking.ts';
import type { HistoryFault } from '../schema-types.ts';
import type { BookingHistory } from './booking-history.ts';
import { hashOf, isSigned, NOTHING_BEFORE } from './history-entry.ts';

export interface FaultyEntry {
  readonly version: number;
  readonly fault: HistoryFault;
}

/**
 * What is wrong with a booking's history, entry by entry; nothing when it is what this service wrote. Each entry must hold
 * what was signed and continue the one before; the last must be the one that the booking itself names and say where the
 * booking stands, so that neither an entry at the end nor a change without one goes unseen.
 */
export function verifyHistory(
  booking: Pick<
    Booking,
    'version' | 'historyHead' | 'status' | 'startsAt' | 'endsAt' | 'providerId' | 'organizationId' | 'id'
  >,
  entries: readonly BookingHistory[],
  keys: readonly KeyObject[],
): FaultyEntry[] {
  const faults: FaultyEntry[] = [];
  let previousHash = NOTHING_BEFORE;
  let expected = entries[0]?.version ?? booking.version;
  for (const entry of entries) {
    const { version } = entry;
    for (; expected < version; expected += 1) faults.push({ version: expected, fault: 'MISSING' });
    if (!entry.hash.equals(hashOf(entry, entry.previousHash))) faults.push({ version, fault: 'CHANGED' });
    if (!isSigned(entry, keys)) faults.push({ version, fault: 'NOT_SIGNED' });
    if (!entry.previousHash.equals(previousHash)) faults.push({ version, fault: 'NOT_CONTINUED' });
    previousHash = entry.hash;
    expected = version + 1;
  }
  // A booking from before there were histories has none until it changes.
  if (booking.historyHead === null) return faults;
  for (; expected <= booking.version; expected += 1) faults.push({ version: expected, fault: 'MISSING' });
  const last = entries.at(-1);
  if (last !== undefined && !faults.some(({ version }) => version >= last.version)) {
    if (!booking.historyHead.equals(last.hash))
      faults.push({ version: last.version, fault: 'NOT_CONTINUED' });
    else if (!agrees(booking, last)) faults.push({ version: last.version, fault: 'CHANGED' });
  }
  return faults;
}

function agrees(booking: Parameters<typeof verifyHistory>[0], last: BookingHistory): boolean {
  return (
    booking.id === last.bookingId &&
    booking.organizationId === last.organizationId &&
    booking.status === last.newStatus &&
    booking.providerId === last.newProviderId &&
    booking.startsAt.getTime() === last.newStartsAt.getTime() &&
    booking.endsAt.getTime() === last.newEndsAt.getTime()
  );
}

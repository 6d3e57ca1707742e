import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { In } from 'typeorm';
import { Booking } from '../bookings/booking.ts';
import type { SeriesScope } from '../schema-types.ts';
import { occurrencesOf } from './series.ts';

/** An appointment of a series, kept from changing. */
export interface MeantBooking {
  readonly position: number;
  readonly booking: Booking;
}

/**
 * The appointments of a series that are meant, in order, kept from changing. All of them are locked before the first is
 * touched, in one order, so that whoever changes one alone comes before or after, never in between.
 */
export async function lockMeant(
  tx: Transaction,
  meant: { seriesId: string; scope: SeriesScope; bookingId: string | null },
): Promise<MeantBooking[]> {
  const occurrences = await occurrencesOf(tx, meant.seriesId);
  const named = occurrences.find(({ bookingId }) => bookingId !== null && bookingId === meant.bookingId);
  if (meant.bookingId !== null && named === undefined) throw refused.notFound('booking of this series');
  const positions = new Map(
    occurrences.flatMap(({ bookingId, position }) => {
      const from = meant.scope === 'ALL' ? 1 : (named?.position ?? 1);
      const to = meant.scope === 'THIS' ? from : occurrences.length;
      return bookingId !== null && position >= from && position <= to ? [[bookingId, position] as const] : [];
    }),
  );
  const bookings = await tx.manager.find(Booking, {
    where: { id: In([...positions.keys()]) },
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  return bookings
    .map((booking) => ({ position: positions.get(booking.id) ?? 0, booking }))
    .toSorted((one, other) => one.position - other.position);
}

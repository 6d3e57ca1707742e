import { In } from 'typeorm';
import type { Transaction } from '@kept/database';
import { openBatchLoader } from '@kept/subgraph-kit';
import { Fee } from './fee.ts';

/** The fees of many bookings in one statement, oldest first; a booking has at most two. */
export function openFeesLoader(inTransaction: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>) {
  const load = openBatchLoader(
    (id: string) => id.toLowerCase(),
    async (bookingIds: string[]) => {
      const fees = await inTransaction((tx) =>
        tx.manager.find(Fee, { where: { bookingId: In(bookingIds) }, order: { createdAt: 'ASC' } }),
      );
      const lists = new Map<string, Fee[]>();
      for (const fee of fees) lists.set(fee.bookingId, [...(lists.get(fee.bookingId) ?? []), fee]);
      return lists;
    },
  );
  return async (bookingId: string): Promise<Fee[]> => (await load(bookingId)) ?? [];
}

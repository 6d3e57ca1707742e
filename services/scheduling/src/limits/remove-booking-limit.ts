import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { haveCounters } from '../offers/counters-gate.ts';
import { saveOnce } from '../resources/save-once.ts';
import type { RemoveBookingLimitInput } from '../schema-types.ts';

/** Takes a limit away, with all that it has counted. */
export function removeBookingLimit(context: SchedulingContext, input: RemoveBookingLimitInput) {
  const id = readId(input.limitId, 'limitId');
  return saveOnce<{ __typename: 'BookingLimitRemoved'; limitId: string }>(context, {
    offered: 'BookingLimit',
    operation: 'removeBookingLimit',
    action: 'booking_limit_removed',
    key: input.idempotencyKey,
    request: { id },
    write: async (tx) => {
      // Whoever counts a booking at this moment does so before or after.
      await haveCounters(tx);
      const removed = await tx.query('DELETE FROM booking_limit WHERE id = $1 RETURNING id', [id]);
      if (removed.length === 0) throw refused.notFound('limit');
      return id;
    },
    show: () => Promise.resolve({ __typename: 'BookingLimitRemoved', limitId: id }),
  });
}

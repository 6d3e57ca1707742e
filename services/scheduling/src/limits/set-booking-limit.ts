import { randomUUID } from 'node:crypto';
import { constraintOf, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import { saveOnce } from '../resources/save-once.ts';
import type { SetBookingLimitInput } from '../schema-types.ts';
import { countBookings } from './count-bookings.ts';
import { findLimit, type BookingLimit } from './find-limits.ts';

interface BookingLimitSet {
  __typename: 'BookingLimitSet';
  limit: BookingLimit;
}

/** Sets a limit, or changes the one of the same kind. What is booked already counts; nobody loses a booking to it. */
export function setBookingLimit(context: SchedulingContext, input: SetBookingLimitInput) {
  const limit = readLimit(input);
  return saveOnce<BookingLimitSet>(context, {
    offered: 'BookingLimit',
    operation: 'setBookingLimit',
    action: 'booking_limit_set',
    key: input.idempotencyKey,
    request: limit,
    write: async (tx) => {
      const now = context.clock();
      const saved = await upsert(tx, limit, now);
      if (saved.isNew) await countBookings(tx, { ...limit, id: saved.id }, now);
      return saved.id;
    },
    show: async (tx, id) => {
      const found = await findLimit(tx, id);
      if (found === undefined) throw refused.notFound('limit');
      return { __typename: 'BookingLimitSet', limit: found };
    },
  });
}

function readLimit(input: SetBookingLimitInput): Omit<BookingLimit, 'id'> {
  const { scope, period } = input;
  const idOf = (field: 'providerId' | 'serviceId'): string | null =>
    input[field] == null ? null : readId(input[field], field);
  const limit = {
    scope,
    period,
    bookingsMax: readCount(input.bookingsMax, { field: 'bookingsMax', min: 1, max: 10_000 }),
    providerId: idOf('providerId'),
    serviceId: idOf('serviceId'),
  };
  if (limit.providerId !== null && scope !== 'PROVIDER') {
    throw refused.badInput('Only a limit of providers names one.', { field: 'providerId' });
  }
  if (limit.serviceId === null && scope === 'SERVICE') {
    throw refused.badInput('A limit of a service says which one.', { field: 'serviceId' });
  }
  return limit;
}

async function upsert(
  tx: Transaction,
  limit: Omit<BookingLimit, 'id'>,
  now: Date,
): Promise<{ id: string; isNew: boolean }> {
  try {
    const [row] = await tx.query<{ id: string; isNew: boolean }>(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, provider_id, service_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT ON CONSTRAINT one_limit_of_a_kind DO UPDATE SET bookings_max = excluded.bookings_max
       RETURNING id, id = $1 AS "isNew"`,
      [
        randomUUID(),
        tx.organizationId,
        limit.scope,
        limit.period,
        limit.bookingsMax,
        limit.providerId,
        limit.serviceId,
        now,
      ],
    );
    invariant(row, 'an upsert gives its row');
    return row;
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint === 'limited_provider_is_ours') throw refused.notFound('provider');
    if (constraint === 'limited_service_is_ours') throw refused.notFound('service');
    throw error;
  }
}

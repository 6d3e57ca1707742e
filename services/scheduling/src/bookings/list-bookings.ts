import { sqlCondition } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readCount, readInstant } from '../input.ts';
import { Booking } from './booking.ts';
import { readCursor, writeCursor } from './cursor.ts';

interface Page {
  nodes: Booking[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface ListRequest {
  first?: number | null;
  after?: string | null;
  from?: Date | null;
  to?: Date | null;
  toReassign?: boolean | null;
}

/**
 * The bookings that the caller may know of, filtered where they lie. Keyset pages: page one thousand costs what page
 * one does, and bookings that come or go meanwhile neither repeat nor skip others.
 */
export async function listBookings(context: SchedulingContext, request: ListRequest): Promise<Page> {
  const first = readCount(request.first ?? 20, { field: 'first', min: 1, max: 100 });
  const after = request.after == null ? null : readCursor(request.after);
  const from = request.from == null ? null : readInstant(request.from, 'from');
  const to = request.to == null ? null : readInstant(request.to, 'to');
  if (from !== null && to !== null && to <= from) {
    throw refused.badInput('"to" must be after "from".', { field: 'to' });
  }
  const parameters: unknown[] = [first + 1];
  const parameter = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = [
    after &&
      `(b.starts_at, b.id) > (${parameter(after.startsAt)}::timestamptz, ${parameter(after.id)}::uuid)`,
    from && `b.starts_at >= ${parameter(from)}::timestamptz`,
    to && `b.starts_at < ${parameter(to)}::timestamptz`,
    request.toReassign === true &&
      `b.ends_at > ${parameter(context.clock())}::timestamptz AND b.status IN ('PENDING_CONFIRMATION', 'CONFIRMED')
       AND b.provider_id IN (SELECT id FROM provider WHERE left_at IS NOT NULL)`,
  ].filter((condition) => typeof condition === 'string');
  const allowed = sqlCondition(context.ability, 'read', 'Booking', {
    alias: 'b',
    columns: { clientId: 'client_id', providerId: 'provider_id', locationId: 'location_id' },
    offset: parameters.length,
  });
  const where = [allowed.sql, ...conditions].join(' AND ');
  return inOrganization(context, async (tx) => {
    const ids = await tx.query<{ id: string }>(
      `SELECT b.id FROM booking b WHERE ${where} ORDER BY b.starts_at, b.id LIMIT $1`,
      [...parameters, ...allowed.parameters],
    );
    const nodes = await tx.manager
      .createQueryBuilder(Booking, 'booking')
      .whereInIds(ids.slice(0, first).map(({ id }) => id))
      .orderBy('booking.startsAt')
      .addOrderBy('booking.id')
      .getMany();
    const last = nodes.at(-1);
    return {
      nodes,
      pageInfo: { hasNextPage: ids.length > first, endCursor: last ? writeCursor(last) : null },
    };
  });
}

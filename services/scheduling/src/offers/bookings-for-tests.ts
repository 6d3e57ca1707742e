/** Bookings as bare rows, for tests of what is counted beside them. */
import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from '@kept/database';
import type { TestBusiness } from '../scheduling-for-tests.ts';

/** Rows of bookings that wait, all of one business; nothing is blocked or counted for them. */
export async function bareBookings(
  database: Database,
  business: TestBusiness,
  count: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await database.transaction(business.organizationId, (tx) => writeBareBookings(tx, business, ids));
  return ids;
}

async function writeBareBookings(
  tx: Transaction,
  business: TestBusiness,
  ids: readonly string[],
): Promise<void> {
  await tx.query(
    `INSERT INTO booking (id, organization_id, client_id, provider_id, service_id, status, version, starts_at, ends_at, time_zone,
       held_until, buffer_before_minutes, buffer_after_minutes, cancellation_window_minutes, reschedule_window_minutes,
       reschedules_max, reschedule_count, price_minor, currency, created_at)
     SELECT unnest($1::uuid[]), $2, gen_random_uuid(), $3, $4, 'PENDING_CONFIRMATION', 1, '2027-02-03T10:00Z', '2027-02-03T11:00Z', 'UTC',
       '2027-02-03T09:00Z', 0, 0, 0, 0, 2, 0, 0, 'GBP', now()`,
    [ids, business.organizationId, business.providerId, business.serviceId],
  );
}

/** Ends a racer's transaction without a trace. */
export class Refused extends Error {}

/** A racer: its work in a transaction of its own, rolled back unless it answers true. */
export async function attemptAlone(
  database: Database,
  organizationId: string,
  work: (tx: Transaction) => Promise<boolean>,
): Promise<boolean> {
  try {
    await database.transaction(organizationId, async (tx) => {
      if (!(await work(tx))) throw new Refused();
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

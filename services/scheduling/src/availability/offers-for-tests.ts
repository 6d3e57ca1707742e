/** What a business offers beside its one provider and service, written as rows; and the questions about free times. */
import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { addProvider } from '../providers/on-staff-joined.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';

const written = (
  test: TestScheduling,
  business: TestBusiness,
  work: (tx: Transaction, organizationId: string) => Promise<unknown>,
): Promise<unknown> =>
  test.database.transaction(business.organizationId, (tx) => work(tx, business.organizationId));

/** Another provider of the same service, every day from 08:00 to 20:00 in London. */
export async function addColleague(
  test: TestScheduling,
  business: TestBusiness,
  id: string = randomUUID(),
): Promise<string> {
  await written(test, business, async (tx, organizationId) => {
    await addProvider(tx, { id, timeZone: 'Europe/London' });
    await tx.query('INSERT INTO service_provider VALUES ($1, $2, $3)', [
      organizationId,
      business.serviceId,
      id,
    ]);
    await tx.query(
      `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, $2, day, 480, 1200 FROM generate_series(0, 6) AS day`,
      [organizationId, id],
    );
  });
  return id;
}

/** Rooms of which the service needs some, or (with a capacity) pools of equal things, of each so many for a seat. */
export async function addThings(
  test: TestScheduling,
  business: TestBusiness,
  things: { count: number; needed: number | null; capacity?: number },
): Promise<string[]> {
  const ids = Array.from({ length: things.count }, () => randomUUID());
  const groupId = randomUUID();
  await written(test, business, async (tx, organizationId) => {
    await tx.query(
      `INSERT INTO resource (id, organization_id, kind, name, active, capacity) SELECT unnest($1::uuid[]), $2, 'ROOM', 'A room', true, $3`,
      [ids, organizationId, things.capacity ?? null],
    );
    if (things.capacity !== undefined) {
      await tx.query(
        `INSERT INTO resource_requirement (id, organization_id, service_id, resource_id, needed)
         SELECT gen_random_uuid(), $1, $2, unnest($3::uuid[]), $4`,
        [organizationId, business.serviceId, ids, things.needed],
      );
      return;
    }
    await tx.query(
      `INSERT INTO resource_group (id, organization_id, name, version, created_at) VALUES ($1, $2, 'Rooms', 1, now())`,
      [groupId, organizationId],
    );
    await tx.query(
      `INSERT INTO resource_group_member (organization_id, group_id, resource_id) SELECT $1, $2, unnest($3::uuid[])`,
      [organizationId, groupId, ids],
    );
    await tx.query(
      `INSERT INTO resource_requirement (id, organization_id, service_id, group_id, needed) VALUES (gen_random_uuid(), $1, $2, $3, $4)`,
      [organizationId, business.serviceId, groupId, things.needed],
    );
  });
  return ids;
}

/** A longer variant and an extra half hour. */
export async function addChoices(
  test: TestScheduling,
  business: TestBusiness,
): Promise<{ variantId: string; addOnId: string }> {
  const [variantId, addOnId] = [randomUUID(), randomUUID()];
  await written(test, business, async (tx, organizationId) => {
    const of = [organizationId, business.serviceId];
    await tx.query(
      `INSERT INTO service_variant (id, organization_id, service_id, name, duration_minutes, price_minor, active, created_at)
       VALUES ($3, $1, $2, 'Two hours', 120, 15000, true, now())`,
      [...of, variantId],
    );
    await tx.query(
      `INSERT INTO service_add_on (id, organization_id, service_id, name, extra_minutes, extra_price_minor, active, created_at)
       VALUES ($3, $1, $2, 'Half an hour more', 30, 2000, true, now())`,
      [...of, addOnId],
    );
  });
  return { variantId, addOnId };
}

/** At most so many bookings of the service a day. */
export async function addDailyLimit(
  test: TestScheduling,
  business: TestBusiness,
  most: number,
): Promise<void> {
  await written(test, business, (tx, organizationId) =>
    tx.query(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, service_id, created_at)
       VALUES (gen_random_uuid(), $1, 'SERVICE', 'DAY', $3, $2, now())`,
      [organizationId, business.serviceId, most],
    ),
  );
}

export interface Slot {
  startsAt: string;
  endsAt: string;
  remainingCapacity: number;
  provider: { id: string };
}
export interface Found {
  slots: Slot[];
  unavailableCalendars: { id: string }[];
  timeZoneVisible: boolean;
}

const AVAILABILITY = `query ($input: AvailabilityInput!) { availability(input: $input) { timeZoneVisible
  unavailableCalendars { id } slots { startsAt endsAt remainingCapacity provider { id } } } }`;

/** Asks for the free times of a Wednesday in London, or of what else is asked. */
export async function findFree(
  test: TestScheduling,
  business: TestBusiness,
  asked: { caller?: Caller; [field: string]: unknown } = {},
): Promise<Found> {
  const { caller, ...more } = asked;
  const input = {
    serviceId: business.serviceId,
    from: '2027-02-03T00:00:00Z',
    to: '2027-02-04T00:00:00Z',
    timeZone: 'Europe/London',
    ...more,
  };
  const { data, errors } = await test.ask(caller ?? business.anonymous(), AVAILABILITY, { input });
  if (errors[0]) throw new Error(`${String(errors[0].extensions?.code)}: ${errors[0].message}`);
  return (data as unknown as { availability: Found }).availability;
}

/** The starts as clock times. */
export const hoursOf = ({ slots }: Found): string[] => slots.map(({ startsAt }) => startsAt.slice(11, 16));

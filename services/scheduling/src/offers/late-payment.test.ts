import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { HOLD, mutate, type Answer } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { idIn, offer } from './offers-for-tests.ts';
import { drifts } from './recount-for-tests.ts';

// Money that comes after the hold was swept takes the time again, and with it all that is counted beside the time: a seat,
// a thing of a pool, a place within a limit. Whoever came meanwhile keeps what they have.
let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const at = (hour: number): string => `2027-02-03T${String(hour)}:00:00.000Z`;

async function hold(client: Caller, startsAt = at(10)): Promise<Answer> {
  const { serviceId, providerId } = business;
  return mutate(test, client, { query: HOLD, input: { serviceId, providerId, startsAt } });
}
async function pay(client: Caller, { id, bookingId, depositDue }: Answer): Promise<void> {
  const { amountMinor, currency } = depositDue as { amountMinor: number; currency: string };
  const paid = { paymentId: randomUUID(), bookingId: String(bookingId), holdId: String(id) };
  await test.database.transaction(business.organizationId, (tx) =>
    onPaymentAuthorized(tx, test.scheduling, {
      ...paid,
      clientId: client.accountId ?? '',
      amountMinor,
      currency,
    }),
  );
}
async function sweptAfterAnHour(): Promise<void> {
  test.clock.advance(3_600_000);
  await test.database.transaction(business.organizationId, (tx) =>
    sweepHolds(tx, test.scheduling, test.clock()),
  );
}
const statuses = async (): Promise<string[]> => {
  const rows = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ status: string }>('SELECT status FROM booking'),
  );
  return rows.map(({ status }) => status).toSorted();
};
const refusals = async (): Promise<unknown[]> => {
  const events = await eventsOf(test.database, business.organizationId, 'booking.refused');
  return (events as { reason: string }[]).map(({ reason }) => reason);
};

it('[BOK-04] a seat: taken again while there is one, and never beyond the capacity', async () => {
  business = await openBusiness(test, { capacity: 1 + 1, depositMinor: 2000 });
  const [early, late, last] = [await business.client(), await business.client(), await business.client()];
  const [one, two] = [await hold(early), await hold(late)];
  await sweptAfterAnHour();
  expect(await statuses()).toEqual(['EXPIRED', 'EXPIRED']);
  await pay(early, one);
  const three = await hold(last);
  expect(three.__typename).toBe('SlotHold');
  await pay(last, three);
  await pay(late, two);
  expect(await statuses()).toEqual(['CONFIRMED', 'CONFIRMED', 'EXPIRED']);
  expect(await refusals()).toEqual(['SLOT_TAKEN']);
  expect(await drifts(test.database, business.organizationId)).toEqual([]);
});

it('[BOK-04] a thing of a pool', async () => {
  business = await openBusiness(test, { depositMinor: 2000 });
  const pool = { kind: 'EQUIPMENT', name: 'Bikes', capacity: 2 };
  const resourceId = idIn(await offer({ test, business }, 'createResource', pool));
  const { serviceId, organizationId } = business;
  const requirements = [{ resourceId, required: 1 }];
  await offer({ test, business }, 'setResourceRequirements', { serviceId, expectedVersion: 1, requirements });
  const late = await business.client();
  const held = await hold(late);
  await sweptAfterAnHour();
  const useUp = (used: number) =>
    test.database.transaction(organizationId, (tx) =>
      tx.query(
        `INSERT INTO capacity_use (organization_id, resource_id, quantum, used, capacity)
         SELECT $1, $2, q, $3, 2 FROM generate_series($4::int, $4 + 11) AS q
         ON CONFLICT (resource_id, quantum) DO UPDATE SET used = $3`,
        [organizationId, resourceId, used, Date.parse(at(10)) / 300_000],
      ),
    );
  await useUp(2);
  await pay(late, held);
  expect([await statuses(), await refusals()]).toEqual([['EXPIRED'], ['SLOT_TAKEN']]);
  await useUp(0);
  await pay(late, held);
  expect(await statuses()).toEqual(['CONFIRMED']);
  expect(await drifts(test.database, organizationId)).toEqual([]);
});

it('[BOK-04] a place within a limit', async () => {
  business = await openBusiness(test, { depositMinor: 2000 });
  await offer({ test, business }, 'setBookingLimit', { scope: 'PROVIDER', period: 'DAY', bookingsMax: 1 });
  const [late, other] = [await business.client(), await business.client()];
  const [first, second] = [await hold(late, at(10)), await hold(late, at(12))];
  expect([first.__typename, second.__typename]).toEqual(['SlotHold', 'PolicyViolation']);
  await sweptAfterAnHour();
  const meanwhile = await hold(other, at(14));
  await pay(other, meanwhile);
  await pay(late, first);
  expect(await statuses()).toEqual(['CONFIRMED', 'EXPIRED']);
  expect(await refusals()).toEqual(['SLOT_TAKEN']);
  expect(await drifts(test.database, business.organizationId)).toEqual([]);
});

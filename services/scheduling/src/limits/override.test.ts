import type { Caller } from '@kept/passport';
import { idIn, offer } from '../offers/offers-for-tests.ts';
import { drifts } from '../offers/recount-for-tests.ts';
import { CANCEL, HOLD, mutate, type Answer } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

it('staff pass a limit with a reason, and what they book counts: clients get no more beside it', async () => {
  const business = await openBusiness(test);
  const limit = await offer({ test, business }, 'setBookingLimit', {
    scope: 'PROVIDER',
    period: 'DAY',
    bookingsMax: 2,
  });
  expect(idIn(limit)).toBeDefined();
  const { serviceId, providerId } = business;
  const hold = async (caller: Caller, hour: number, more: Record<string, unknown> = {}): Promise<Answer> =>
    mutate(test, caller, {
      query: HOLD,
      input: { serviceId, providerId, startsAt: `2027-02-03T${String(hour)}:00:00.000Z`, ...more },
    });
  const [one, other] = [await business.client(), await business.client()];
  const manager = business.staff('MANAGER', 'FRONT_DESK');
  const override = { clientId: other.accountId, override: { reason: 'They came from far away.' } };
  const kinds = [];
  for (const held of [
    await hold(one, 10),
    await hold(manager, 11, override),
    await hold(one, 12),
    await hold(manager, 13, override),
    await hold(one, 14),
  ])
    kinds.push(held.__typename);
  expect(kinds).toEqual(['SlotHold', 'SlotHold', 'PolicyViolation', 'SlotHold', 'PolicyViolation']);
  const bookings = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ id: string; version: number }>('SELECT id, version FROM booking'),
  );
  for (const { id, version } of bookings)
    await mutate(test, manager, { query: CANCEL, input: { bookingId: id, expectedVersion: version } });
  expect((await hold(one, 10)).__typename).toBe('SlotHold');
  expect(await drifts(test.database, business.organizationId)).toEqual([]);
});

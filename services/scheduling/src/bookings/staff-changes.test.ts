import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, CANCEL, HOLD, hold, mutate, NO_SHOW, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { CHECK_IN, REASSIGN } from './life-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let colleague: string;
let client: Caller;
let desk: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 8 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { reschedulesMax: 1 });
  [client, desk, colleague] = [await business.client(), business.staff('FRONT_DESK'), randomUUID()];
  const { organizationId, serviceId } = business;
  await test.database.transaction(organizationId, async (tx) => {
    await tx.query(`INSERT INTO resource (id, organization_id, kind) VALUES ($1, $2, 'STAFF')`, [
      colleague,
      organizationId,
    ]);
    await tx.query(
      `INSERT INTO provider (id, organization_id, time_zone, active) VALUES ($1, $2, 'Europe/London', true)`,
      [colleague, organizationId],
    );
    await tx.query(
      `INSERT INTO service_provider (organization_id, service_id, provider_id) VALUES ($1, $2, $3)`,
      [organizationId, serviceId, colleague],
    );
    await tx.query(
      `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, $2, day, 480, 1200 FROM generate_series(0, 6) AS day`,
      [organizationId, colleague],
    );
  });
});

const WEDNESDAY = '2027-02-03T10:00:00.000Z';
const rows = (sql: string, parameters: unknown[] = []) =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query<Record<string, unknown>>(sql, parameters),
  );

describe('giving an appointment to a colleague', () => {
  it('keeps the booking, its time and what the client may still do; both calendars hear of it and the client is told', async () => {
    const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
    // The evening before: too late for the client, not for the business.
    test.clock.set('2027-02-02T20:00:00.000Z');
    const input = { bookingId: id, expectedVersion: 2 };
    expect(await mutate(test, desk, { query: REASSIGN, input })).toMatchObject({
      booking: { id, version: 3, startsAt: WEDNESDAY, provider: { id: colleague } },
    });
    expect(await rows('SELECT reschedule_count, provider_id FROM booking WHERE id = $1', [id])).toEqual([
      { reschedule_count: 0, provider_id: colleague },
    ]);
    expect(await rows('SELECT resource_id, role FROM booking_resource WHERE booking_id = $1', [id])).toEqual([
      { resource_id: colleague, role: 'PROVIDER' },
    ]);
    const [moved] = await eventsOf(test.database, business.organizationId, 'booking.rescheduled');
    expect(moved).toMatchObject({ bookingId: id, providerId: colleague, startsAt: WEDNESDAY, version: 3 });
    const told = await eventsOf(test.database, business.organizationId, 'message.requested');
    expect(
      told.filter(({ template }) => template === 'provider-changed').map(({ recipient }) => recipient.id),
    ).toContain(client.accountId);
    const changes = await test.database.infrastructure('test', (tx) =>
      tx.query<{ provider_id: string }>(
        'SELECT provider_id FROM booking_change WHERE booking_id = $1 ORDER BY position DESC LIMIT 2',
        [id],
      ),
    );
    expect(changes.map(({ provider_id }) => provider_id).toSorted()).toEqual(
      [business.providerId, colleague].toSorted(),
    );
    // The first one is free again, the colleague is not.
    const slot = { serviceId: business.serviceId, startsAt: '2027-02-03T10:00:00.000Z' };
    expect(
      (await hold(test, await business.client(), { ...slot, providerId: business.providerId })).__typename,
    ).toBe('SlotHold');
    expect((await hold(test, await business.client(), { ...slot, providerId: colleague })).__typename).toBe(
      'SlotUnavailable',
    );
  });

  it('is refused when the colleague is taken, and leaves everything as it was', async () => {
    const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
    await book(test, await business.client(), { ...business, providerId: colleague, startsAt: WEDNESDAY });
    const before = await rows('SELECT * FROM allocation ORDER BY id');
    const input = { bookingId: id, expectedVersion: 2 };
    expect(await mutate(test, desk, { query: REASSIGN, input })).toMatchObject({
      __typename: 'SlotUnavailable',
    });
    expect(await rows('SELECT * FROM allocation ORDER BY id')).toEqual(before);
    const same = { ...input, providerId: business.providerId };
    expect(await mutate(test, desk, { query: REASSIGN, input: same })).toMatchObject({
      code: 'NOTHING_TO_CHANGE',
    });
  });

  it('is something a client can ask for as well, within their own windows and limit', async () => {
    const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
    const move = { bookingId: id, startsAt: WEDNESDAY, providerId: colleague, expectedVersion: 2 };
    expect(await mutate(test, client, { query: RESCHEDULE, input: move })).toMatchObject({
      booking: { version: 3 },
    });
    const again = { ...move, providerId: business.providerId, expectedVersion: 3 };
    expect(await mutate(test, client, { query: RESCHEDULE, input: again })).toMatchObject({
      code: 'RESCHEDULE_LIMIT',
    });
  });
});

describe('passing a rule, as staff, with a reason', () => {
  const REASON = 'the client rang, her train is late';

  it('works for windows, hours and grid, is kept encrypted, and stands in history and audit trail', async () => {
    const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
    test.clock.set('2027-02-03T09:30:00.000Z');
    const move = { bookingId: id, startsAt: '2027-02-03T21:07:00.000Z', expectedVersion: 2 };
    expect(await mutate(test, desk, { query: RESCHEDULE, input: move })).toMatchObject({
      code: 'RESCHEDULE_WINDOW',
    });
    const override = { ...move, override: { reason: REASON } };
    expect(await mutate(test, desk, { query: RESCHEDULE, input: override })).toMatchObject({
      booking: { startsAt: move.startsAt, version: 3 },
    });
    const [row] = await rows('SELECT override_reason, reschedule_count FROM booking WHERE id = $1', [id]);
    expect(row?.['reschedule_count']).toBe(0);
    expect(String(row?.['override_reason'])).not.toContain('train');
    expect(await rows('SELECT reason_code FROM booking_history WHERE version = 3')).toEqual([
      { reason_code: 'STAFF_OVERRIDE' },
    ]);
    const trail = await eventsOf(test.database, business.organizationId, 'audit.recorded');
    expect(trail.find(({ action }) => action === 'booking_rescheduled')).toMatchObject({
      actor: { id: desk.accountId },
      details: { reasonCode: 'STAFF_OVERRIDE' },
    });
  });

  it('never gives away what the arbiter has given: not even a minute of it', async () => {
    await book(test, await business.client(), { ...business, startsAt: WEDNESDAY });
    const { id } = await book(test, client, { ...business, startsAt: '2027-02-04T10:00:00.000Z' });
    const override = { reason: REASON };
    const move = { bookingId: id, startsAt: '2027-02-03T10:59:00.000Z', expectedVersion: 2, override };
    expect(await mutate(test, desk, { query: RESCHEDULE, input: move })).toMatchObject({
      __typename: 'SlotUnavailable',
    });
    const { serviceId, providerId } = business;
    const input = {
      serviceId,
      providerId,
      startsAt: '2027-02-03T09:01:00.000Z',
      clientId: client.accountId,
      override,
    };
    expect(await mutate(test, desk, { query: HOLD, input })).toMatchObject({ __typename: 'SlotUnavailable' });
    expect(
      await mutate(test, desk, { query: HOLD, input: { ...input, startsAt: '2027-02-03T21:01:00.000Z' } }),
    ).toMatchObject({ __typename: 'SlotHold' });
  });

  it('needs a reason of ten characters, and is not for clients', async () => {
    const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
    const move = (reason: string) => ({
      query: RESCHEDULE,
      input: {
        bookingId: id,
        startsAt: '2027-02-03T21:07:00.000Z',
        expectedVersion: 2,
        override: { reason },
      },
    });
    for (const reason of ['', 'see mail', '          ok ', '🙏🙏🙏🙏🙏🙏🙏🙏🙏'])
      await expect(mutate(test, desk, move(reason))).rejects.toThrow(/BAD_INPUT/);
    await expect(mutate(test, client, move(REASON))).rejects.toThrow(/UNAUTHORIZED_FIELD_OR_TYPE/);
    const generous = { bookingId: id, expectedVersion: 2, refundPercent: 100, reason: REASON };
    await expect(mutate(test, client, { query: CANCEL, input: generous })).rejects.toThrow(
      /UNAUTHORIZED_FIELD_OR_TYPE/,
    );
  });

  it('gives back more of a deposit than the rules do, never less', async () => {
    const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
    test.clock.set('2027-02-02T12:00:00.000Z');
    const cancel = (refundPercent: number, reason: string) =>
      mutate(test, desk, {
        query: CANCEL,
        input: { bookingId: id, expectedVersion: 2, refundPercent, reason },
      });
    await expect(cancel(101, REASON)).rejects.toThrow(/BAD_INPUT/);
    await expect(cancel(50, 'why not')).rejects.toThrow(/BAD_INPUT/);
    expect(await cancel(50, REASON)).toMatchObject({ refundPercent: 50 });
    const other = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
    const less = { bookingId: other.id, expectedVersion: 2, refundPercent: 10, reason: REASON };
    await expect(mutate(test, desk, { query: CANCEL, input: less })).rejects.toThrow(/BAD_INPUT/);
  });
});

it('whoever comes is checked in once, on the day, and those who watch the calendar hear of it', async () => {
  const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
  const checkIn = (expectedVersion: number) =>
    mutate(test, business.provider(), { query: CHECK_IN, input: { bookingId: id, expectedVersion } });
  expect(await checkIn(2)).toMatchObject({ code: 'CHECK_IN_TOO_EARLY' });
  test.clock.set('2027-02-03T09:50:00.000Z');
  const changes = () =>
    test.database.infrastructure('test', (tx) =>
      tx.query('SELECT FROM booking_change WHERE booking_id = $1', [id]),
    );
  const before = (await changes()).length;
  expect(await checkIn(2)).toMatchObject({
    booking: { version: 3, checkedInAt: '2027-02-03T09:50:00.000Z' },
  });
  expect(await changes()).toHaveLength(before + 1);
  expect(await checkIn(3)).toMatchObject({ code: 'ALREADY_CHECKED_IN' });
});

it('who does not come gets back what that does not cost, and is told', async () => {
  const { id } = await book(test, client, { ...business, startsAt: WEDNESDAY });
  await rows('UPDATE booking SET deposit_minor = 2000, no_show_fee_minor = 500 WHERE id = $1', [id]);
  test.clock.set('2027-02-03T11:30:00.000Z');
  const missed = { bookingId: id, expectedVersion: 2 };
  expect(await mutate(test, desk, { query: NO_SHOW, input: missed })).toMatchObject({
    __typename: 'BookingClosed',
  });
  const [over] = await eventsOf(test.database, business.organizationId, 'booking.completed');
  expect(over).toMatchObject({ bookingId: id, attended: false, refundPercent: 75 });
  const told = await eventsOf(test.database, business.organizationId, 'message.requested');
  expect(told.at(-1)).toMatchObject({
    template: 'booking-no-show',
    recipient: { kind: 'CLIENT', id: client.accountId },
  });
});

it('without a provider named, whoever has the fewest appointments is booked, and the next one when they are taken', async () => {
  await book(test, client, { ...business, startsAt: '2027-02-05T10:00:00.000Z' });
  const { serviceId } = business;
  const anybody = async () => {
    const answer = await mutate(test, await business.client(), {
      query: HOLD,
      input: { serviceId, startsAt: WEDNESDAY },
    });
    const [row] = await rows('SELECT provider_id FROM booking WHERE id = $1', [
      answer['bookingId'] ?? randomUUID(),
    ]);
    return row?.['provider_id'] ?? answer.__typename;
  };
  expect([await anybody(), await anybody(), await anybody()]).toEqual([
    colleague,
    business.providerId,
    'SlotUnavailable',
  ]);
});

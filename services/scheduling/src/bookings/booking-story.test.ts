import { eventsIn, eventsOf } from '../outbox-for-tests.ts';
import {
  book,
  CANCEL,
  COMPLETE,
  CONFIRM,
  hold,
  mutate,
  NO_SHOW,
  RELEASE,
  RESCHEDULE,
} from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
beforeEach(() => test.clock.set(MONDAY));
afterAll(() => test.stop());

const WEDNESDAY = '2027-02-03T10:00:00.000Z';
const THURSDAY = '2027-02-04T10:00:00.000Z';

describe('a booking without deposit', () => {
  it('[BOK-01] is held until its signed-in client confirms, and not a moment longer', async () => {
    const business = await openBusiness(test);
    const [first, second] = [await business.client(), await business.client()];
    const held = await hold(test, first, { ...business, startsAt: WEDNESDAY });
    expect(held).toMatchObject({ __typename: 'SlotHold', quote: null, depositDue: null });
    expect(held['expiresAt']).toBe('2027-02-01T05:15:00.000Z');
    expect(await hold(test, second, { ...business, startsAt: WEDNESDAY })).toMatchObject({
      __typename: 'SlotUnavailable',
    });
    test.clock.advance(15 * 60_000);
    const taken = await hold(test, second, { ...business, startsAt: WEDNESDAY });
    expect(taken.__typename).toBe('SlotHold');
    expect(await mutate(test, first, { query: CONFIRM, input: { holdId: held['id'] } })).toMatchObject({
      __typename: 'HoldExpired',
    });
    const confirmed = await mutate(test, second, { query: CONFIRM, input: { holdId: taken['id'] } });
    expect(confirmed).toMatchObject({ booking: { status: 'CONFIRMED', version: 2 } });
  });

  it('[BOK-01] needs a signed-in caller to begin with', async () => {
    const business = await openBusiness(test);
    await expect(hold(test, business.anonymous(), { ...business, startsAt: WEDNESDAY })).rejects.toThrow(
      /UNAUTHORIZED_FIELD_OR_TYPE/,
    );
  });

  it('tells everybody once it is confirmed, and repeats the same answer to the same key', async () => {
    const business = await openBusiness(test);
    const client = await business.client();
    const idempotencyKey = 'b7e23ec2-9af2-4c61-9d3c-111111111111';
    const held = await hold(test, client, { ...business, startsAt: WEDNESDAY, idempotencyKey });
    expect(await hold(test, client, { ...business, startsAt: WEDNESDAY, idempotencyKey })).toEqual(held);
    expect(await hold(test, client, { ...business, startsAt: THURSDAY, idempotencyKey })).toMatchObject({
      __typename: 'IdempotencyConflict',
    });
    const confirm = { query: CONFIRM, input: { holdId: held['id'], idempotencyKey } };
    const confirmed = await mutate(test, client, confirm);
    expect(await mutate(test, client, confirm)).toEqual(confirmed);
    const names = (await eventsIn(test.database, business.organizationId)).map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      'audit.recorded',
      'audit.recorded',
      'booking.confirmed',
      'message.requested',
      'message.requested',
    ]);
  });

  it('is released by its client, and the slot is free at once', async () => {
    const business = await openBusiness(test);
    const [first, second] = [await business.client(), await business.client()];
    const held = await hold(test, first, { ...business, startsAt: WEDNESDAY });
    const release = { query: RELEASE, input: { holdId: held['id'] } };
    expect(await mutate(test, first, release)).toMatchObject({ released: true });
    expect(await mutate(test, first, release)).toMatchObject({ released: false });
    expect((await hold(test, second, { ...business, startsAt: WEDNESDAY })).__typename).toBe('SlotHold');
  });

  it('moves, keeps its identity, frees its old time and refuses an old version', async () => {
    const business = await openBusiness(test);
    const client = await business.client();
    const booking = await book(test, client, { ...business, startsAt: WEDNESDAY });
    const move = { bookingId: booking.id, startsAt: THURSDAY, expectedVersion: 2 };
    const moved = await mutate(test, client, { query: RESCHEDULE, input: move });
    expect(moved).toMatchObject({ booking: { id: booking.id, version: 3, startsAt: THURSDAY } });
    expect(await mutate(test, client, { query: RESCHEDULE, input: move })).toMatchObject({
      __typename: 'VersionConflict',
      currentVersion: 3,
    });
    expect((await hold(test, client, { ...business, startsAt: WEDNESDAY })).__typename).toBe('SlotHold');
    // Its own old time is not in its own way.
    const half = { bookingId: booking.id, startsAt: '2027-02-04T10:30:00.000Z', expectedVersion: 3 };
    expect(await mutate(test, client, { query: RESCHEDULE, input: half })).toMatchObject({
      __typename: 'BookingRescheduled',
    });
  });

  it('does not move onto somebody else, nor lose its own time by trying', async () => {
    const business = await openBusiness(test);
    const client = await business.client();
    await book(test, await business.client(), { ...business, startsAt: THURSDAY });
    const booking = await book(test, client, { ...business, startsAt: WEDNESDAY });
    const move = { bookingId: booking.id, startsAt: THURSDAY, expectedVersion: 2 };
    expect(await mutate(test, client, { query: RESCHEDULE, input: move })).toMatchObject({
      __typename: 'SlotUnavailable',
    });
    expect(await hold(test, client, { ...business, startsAt: WEDNESDAY })).toMatchObject({
      __typename: 'SlotUnavailable',
    });
  });

  it('is cancelled by the client, once, and its time is free again', async () => {
    const business = await openBusiness(test);
    const client = await business.client();
    const booking = await book(test, client, { ...business, startsAt: WEDNESDAY });
    const cancel = { bookingId: booking.id, expectedVersion: 2, reason: 'ich bin krank 🤒' };
    expect(await mutate(test, client, { query: CANCEL, input: cancel })).toMatchObject({
      __typename: 'BookingCancelled',
      refundPercent: 100,
      booking: { status: 'CANCELLED', version: 3 },
    });
    expect(
      await mutate(test, client, { query: CANCEL, input: { ...cancel, expectedVersion: 3 } }),
    ).toMatchObject({
      code: 'NOT_ACTIVE',
    });
    expect((await hold(test, client, { ...business, startsAt: WEDNESDAY })).__typename).toBe('SlotHold');
  });

  it('is closed by its provider or the front desk after it has started', async () => {
    const business = await openBusiness(test);
    const client = await business.client();
    const done = await book(test, client, { ...business, startsAt: WEDNESDAY });
    const missed = await book(test, client, { ...business, startsAt: THURSDAY });
    const close = { bookingId: done.id, expectedVersion: 2 };
    expect(await mutate(test, business.provider(), { query: COMPLETE, input: close })).toMatchObject({
      code: 'NOT_STARTED',
    });
    test.clock.set('2027-02-04T11:30:00Z');
    expect(await mutate(test, business.provider(), { query: COMPLETE, input: close })).toMatchObject({
      booking: { status: 'COMPLETED' },
    });
    const noShow = { query: NO_SHOW, input: { bookingId: missed.id, expectedVersion: 2 } };
    expect(await mutate(test, business.staff('FRONT_DESK'), noShow)).toMatchObject({
      booking: { status: 'NO_SHOW' },
    });
    // Payments hears of both: a deposit is earned whether the client came or not.
    const over = await eventsOf(test.database, business.organizationId, 'booking.completed');
    expect(over.map(({ bookingId, attended }) => ({ bookingId, attended }))).toEqual([
      { bookingId: done.id, attended: true },
      { bookingId: missed.id, attended: false },
    ]);
  });
});

it('keeps at most three slots per client, also when asked for all at once', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const hours = ['08', '09', '10', '11', '12', '13', '14', '15'];
  const answers = await Promise.all(
    hours.map((hour) => hold(test, client, { ...business, startsAt: `2027-02-03T${hour}:00:00.000Z` })),
  );
  expect(answers.filter(({ __typename }) => __typename === 'SlotHold')).toHaveLength(3);
  expect(answers.filter(({ __typename }) => __typename === 'LimitReached')).toHaveLength(5);
});

it('lets the front desk book for a client of the house, and for nobody else', async () => {
  const business = await openBusiness(test);
  const stranger = await (await openBusiness(test)).client();
  const client = await business.client();
  const desk = business.staff('FRONT_DESK');
  const slot = { ...business, startsAt: WEDNESDAY };
  expect((await hold(test, desk, { ...slot, clientId: client.accountId })).__typename).toBe('SlotHold');
  await expect(hold(test, desk, slot)).rejects.toThrow(/BAD_INPUT/);
  await expect(hold(test, desk, { ...slot, clientId: stranger.accountId })).rejects.toThrow(/NOT_FOUND/);
  await expect(hold(test, client, { ...slot, clientId: stranger.accountId })).rejects.toThrow(/NOT_FOUND/);
});

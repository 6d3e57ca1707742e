import { eventsOf } from '../outbox-for-tests.ts';
import { CONFIRM, hold, mutate } from '../operations-for-tests.ts';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import { request, claim } from '../requests/requests-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { endOverdueReviews } from './overdue-reviews.job.ts';
import {
  APPROVE_REVIEWED,
  bookAnyway,
  DENY_REVIEWED,
  oddClient,
  queueOf,
  SET_POLICY,
} from './reviews-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
});
beforeEach(async () => {
  business = await openBusiness(test);
});
afterAll(() => test.stop());

const slot = '2027-02-03T10:00:00.000Z';
const MINUTE = 60_000;
const rowsOf = (of: TestBusiness) =>
  test.database.transaction(of.organizationId, (tx) =>
    tx.query<{ status: string; review: string | null; decided: boolean; allocation: string | null }>(
      `SELECT b.status, r.state AS review, r.decision_id IS NOT NULL AS decided,
              (SELECT a.status FROM allocation a WHERE a.owner_id = b.id) AS allocation
       FROM booking b JOIN booking_review r ON r.booking_id = b.id ORDER BY b.starts_at`,
    ),
  );
const setPolicy = (input: object) =>
  mutate(test, business.staff('MANAGER'), {
    query: SET_POLICY,
    input: { decideWithinMinutes: 60, whenOverdue: 'RELEASE', expectedVersion: 0, ...input },
  });
const sweep = () =>
  test.database.transaction(business.organizationId, async (tx) => {
    await endOverdueReviews(tx, test.scheduling, test.clock());
    await sweepHolds(tx, test.scheduling, test.clock());
  });

it('[DET-10] an unusual booking waits for a manager with its slot kept; the client hears nothing of why', async () => {
  const client = await oddClient(test, business);
  const booked = await bookAnyway(test, client, { ...business, startsAt: slot });
  expect(booked.status).toBe('PENDING_REVIEW');
  expect(await rowsOf(business)).toEqual([
    { status: 'PENDING_REVIEW', review: 'OPEN', decided: false, allocation: 'pending' },
  ]);
  expect(await hold(test, await business.client(), { ...business, startsAt: slot })).toMatchObject({
    __typename: 'SlotUnavailable',
  });
  const messages = await eventsOf(test.database, business.organizationId, 'message.requested');
  expect(messages.map(({ template, recipient }) => [template, recipient.kind])).toEqual([
    ['booking-requested', 'CLIENT'],
  ]);
  expect(JSON.stringify(messages)).not.toMatch(/review|suspic|unusual|DISPOSABLE|NO_SHOW/i);
  const [review] = await queueOf(test, business.staff('MANAGER'));
  expect(review).toMatchObject({
    score: 80,
    rulesVersion: 1,
    runbook: 'docs/operations.md#unusual-bookings',
    booking: { id: booked.id, status: 'PENDING_REVIEW' },
    reasons: [{ code: 'DISPOSABLE_ADDRESS' }, { code: 'REPEATED_NO_SHOW' }, { code: 'NEW_ACCOUNT' }],
  });
});

it('[DET-10] managers are told of the first that waits, and not of each one of a flood', async () => {
  for (const hour of ['10', '12', '14']) {
    const client = await oddClient(test, business);
    await bookAnyway(test, client, { ...business, startsAt: `2027-02-03T${hour}:00:00.000Z` });
  }
  const alerts = () => eventsOf(test.database, business.organizationId, 'alert.raised');
  expect(await alerts()).toMatchObject([{ reason: 'review_waiting', parameters: { count: '1' } }]);
  test.clock.advance(16 * MINUTE);
  await bookAnyway(test, await oddClient(test, business), {
    ...business,
    startsAt: '2027-02-03T16:00:00.000Z',
  });
  expect((await alerts()).map(({ parameters }) => parameters['count'])).toEqual(['1', '4']);
});

it('[DET-10] a manager lets it through, with their name and reason, and it stands', async () => {
  const { id, version } = await bookAnyway(test, await oddClient(test, business), {
    ...business,
    startsAt: slot,
  });
  const manager = business.staff('MANAGER');
  const input = { bookingId: id, expectedVersion: version, reason: 'I have called them.' };
  expect(await mutate(test, manager, { query: APPROVE_REVIEWED, input })).toMatchObject({
    __typename: 'BookingDecided',
    booking: { status: 'CONFIRMED' },
  });
  expect(await rowsOf(business)).toEqual([
    { status: 'CONFIRMED', review: 'APPROVED', decided: true, allocation: 'confirmed' },
  ]);
  expect(await queueOf(test, manager)).toEqual([]);
  const again = { ...input, expectedVersion: version + 1 };
  expect(await mutate(test, manager, { query: APPROVE_REVIEWED, input: again })).toMatchObject({
    code: 'NOT_ACTIVE',
  });
});

it('[DET-10] a manager denies it, and the time is free again', async () => {
  const { id, version } = await bookAnyway(test, await oddClient(test, business), {
    ...business,
    startsAt: slot,
  });
  const manager = business.staff('MANAGER');
  const input = { bookingId: id, expectedVersion: version, reason: 'The number is not in use.' };
  expect(await mutate(test, manager, { query: DENY_REVIEWED, input })).toMatchObject({
    booking: { status: 'DECLINED' },
  });
  expect(await rowsOf(business)).toEqual([
    { status: 'DECLINED', review: 'DENIED', decided: true, allocation: 'released' },
  ]);
  expect(await hold(test, await business.client(), { ...business, startsAt: slot })).toMatchObject({
    __typename: 'SlotHold',
  });
});

it('[DET-10] nobody looked: by default the slot goes back with a neutral word, and it is no denial', async () => {
  await bookAnyway(test, await oddClient(test, business), {
    ...business,
    startsAt: '2027-02-10T10:00:00.000Z',
  });
  test.clock.advance(2_879 * MINUTE);
  await sweep();
  expect(await rowsOf(business)).toMatchObject([{ status: 'PENDING_REVIEW' }]);
  test.clock.advance(MINUTE);
  await sweep();
  expect(await rowsOf(business)).toEqual([
    { status: 'EXPIRED', review: 'RELEASED', decided: false, allocation: 'released' },
  ]);
  const messages = await eventsOf(test.database, business.organizationId, 'message.requested');
  expect(messages.map(({ template }) => template)).toEqual(['booking-requested', 'booking-expired']);
});

it('[DET-10] nobody looked: an organization may let such bookings through, and may not deny them', async () => {
  expect(await setPolicy({ whenOverdue: 'APPROVE' })).toMatchObject({
    policy: { decideWithinMinutes: 60, whenOverdue: 'APPROVE', version: 1 },
  });
  await expect(setPolicy({ whenOverdue: 'DENY', expectedVersion: 1 })).rejects.toThrow();
  await bookAnyway(test, await oddClient(test, business), { ...business, startsAt: slot });
  test.clock.advance(60 * MINUTE);
  await sweep();
  expect(await rowsOf(business)).toEqual([
    { status: 'CONFIRMED', review: 'APPROVED_OVERDUE', decided: false, allocation: 'confirmed' },
  ]);
});

it('[DET-10] a client who calls it off while it waits ends the review', async () => {
  const client = await oddClient(test, business);
  const { id, version } = await bookAnyway(test, client, { ...business, startsAt: slot });
  const cancel = `mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename } }`;
  const input = { bookingId: id, expectedVersion: version };
  expect(await mutate(test, client, { query: cancel, input })).toEqual({ __typename: 'BookingCancelled' });
  expect(await rowsOf(business)).toMatchObject([{ status: 'CANCELLED', review: 'WITHDRAWN' }]);
});

it('[BOK-11] a visit asked for from far away with an address for minutes waits; the same by somebody at hand does not', async () => {
  const outcomes = [];
  for (const [timeZone, startsAt] of [
    ['Asia/Tokyo', '2027-02-04T10:00:00.000Z'],
    ['Europe/Lisbon', '2027-02-04T12:00:00.000Z'],
  ]) {
    const requested = await request(test, business.anonymous(), {
      ...business,
      startsAt: startsAt ?? '',
      timeZone,
    });
    const client = await business.client();
    await test.database.transaction(business.organizationId, (tx) =>
      tx.query(`INSERT INTO client_signal VALUES ($1, $2, 'DISPOSABLE_ADDRESS', $3)`, [
        business.organizationId,
        client.accountId,
        test.clock(),
      ]),
    );
    expect(requested).toMatchObject({ __typename: 'SlotRequested' });
    const held = await claim(test, client, requested);
    const { __typename } = await mutate(test, client, { query: CONFIRM, input: { holdId: held['id'] } });
    outcomes.push(__typename);
  }
  expect(outcomes).toEqual(['BookingRequested', 'BookingConfirmed']);
});

it('[BOK-11] what staff book for the same client is not looked at twice', async () => {
  const client = await oddClient(test, business);
  const desk = business.staff('FRONT_DESK');
  const slotFor = { ...business, startsAt: slot, clientId: client.accountId };
  expect((await bookAnyway(test, desk, slotFor)).status).toBe('CONFIRMED');
});

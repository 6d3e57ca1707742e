import { randomUUID } from 'node:crypto';
import { CONFIRM, hold, mutate } from '../operations-for-tests.ts';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { claim, earnProof, request } from './requests-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const slot = '2027-02-03T10:00:00.000Z';
const statusOf = (business: TestBusiness) =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ status: string; origin: string }>(
      'SELECT status, origin FROM booking ORDER BY created_at, id',
    ),
  );

it('[BOK-01] a request keeps its slot unverified until somebody who signed in claims it, and goes on from there', async () => {
  const business = await openBusiness(test);
  const requested = await request(test, business.anonymous(), { ...business, startsAt: slot });
  expect(requested).toMatchObject({
    __typename: 'SlotRequested',
    startsAt: slot,
    expiresAt: new Date(test.clock().getTime() + 10 * 60_000).toISOString(),
    depositDue: null,
  });
  expect(await statusOf(business)).toEqual([{ status: 'UNVERIFIED', origin: 'REQUEST' }]);
  const other = await business.client();
  expect(await hold(test, other, { ...business, startsAt: slot })).toMatchObject({
    __typename: 'SlotUnavailable',
  });
  test.clock.advance(5 * 60_000);
  const client = await business.client();
  const held = await claim(test, client, requested);
  expect(held).toMatchObject({
    __typename: 'SlotHold',
    id: requested['holdId'],
    expiresAt: new Date(test.clock().getTime() + 15 * 60_000).toISOString(),
  });
  const confirmed = await mutate(test, client, { query: CONFIRM, input: { holdId: held['id'] } });
  expect(confirmed).toMatchObject({ __typename: 'BookingConfirmed', booking: { status: 'CONFIRMED' } });
  const { data } = await test.ask(client, '{ bookings { nodes { id status client { id } } } }');
  expect(data).toEqual({
    bookings: {
      nodes: [{ id: held['bookingId'], status: 'CONFIRMED', client: { id: client.accountId } }],
    },
  });
});

it('[BOK-01] a deposit is quoted only to whoever has claimed the slot', async () => {
  const business = await openBusiness(test, { depositMinor: 2000 });
  const requested = await request(test, business.anonymous(), { ...business, startsAt: slot });
  expect(requested).toMatchObject({ depositDue: { amountMinor: 2000, currency: 'GBP' } });
  expect(JSON.stringify(requested)).not.toContain('quote');
  const client = await business.client();
  const held = await claim(test, client, requested);
  const [payload = ''] = String(held['quote']).split('.');
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    clientId: client.accountId,
    amountMinor: 2000,
    expiresAt: held['expiresAt'],
  });
  expect(await statusOf(business)).toEqual([{ status: 'PENDING_PAYMENT', origin: 'REQUEST' }]);
});

it('[BOK-01] a request that nobody claims frees its slot by its time alone; the sweep only tidies up', async () => {
  const business = await openBusiness(test);
  const requested = await request(test, business.anonymous(), { ...business, startsAt: slot });
  test.clock.advance(10 * 60_000);
  const client = await business.client();
  expect(await claim(test, client, requested)).toMatchObject({ __typename: 'HoldExpired' });
  expect(await hold(test, client, { ...business, startsAt: slot })).toMatchObject({ __typename: 'SlotHold' });
  await test.database.transaction(business.organizationId, (tx) =>
    sweepHolds(tx, test.scheduling, test.clock()),
  );
  expect((await statusOf(business)).map(({ status }) => status).toSorted()).toEqual([
    'EXPIRED',
    'PENDING_CONFIRMATION',
  ]);
});

it('answers a repeated request and a repeated claim the same, and keeps one slot', async () => {
  const business = await openBusiness(test);
  const anonymous = business.anonymous();
  const again = {
    ...business,
    startsAt: slot,
    proof: await earnProof(test, anonymous),
    idempotencyKey: randomUUID(),
  };
  const first = await request(test, anonymous, again);
  expect(await request(test, anonymous, again)).toEqual(first);
  const client = await business.client();
  const held = await claim(test, client, first);
  expect(await claim(test, client, first)).toEqual(held);
  expect(await statusOf(business)).toHaveLength(1);
});

it('[BOK-01] a client cannot claim more slots than one person may keep', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  for (const hour of ['10', '12', '14']) {
    const requested = await request(test, business.anonymous(), {
      ...business,
      startsAt: `2027-02-03T${hour}:00:00.000Z`,
    });
    expect(await claim(test, client, requested)).toMatchObject({ __typename: 'SlotHold' });
  }
  const fourth = await request(test, business.anonymous(), {
    ...business,
    startsAt: '2027-02-03T16:00:00.000Z',
  });
  expect(await claim(test, client, fourth)).toMatchObject({ __typename: 'LimitReached', limit: 3 });
  // Nothing was changed: somebody else may still claim it.
  expect(await claim(test, await business.client(), fourth)).toMatchObject({ __typename: 'SlotHold' });
});

it('[BOK-01] whoever claims a slot has it counted among their own: a limit per person holds for requests too', async () => {
  const business = await openBusiness(test);
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `INSERT INTO booking_limit (id, organization_id, scope, period, bookings_max, created_at)
       VALUES (gen_random_uuid(), $1, 'CLIENT', 'DAY', 1, $2)`,
      [business.organizationId, test.clock()],
    ),
  );
  const client = await business.client();
  expect(await hold(test, client, { ...business, startsAt: slot })).toMatchObject({ __typename: 'SlotHold' });
  const requested = await request(test, business.anonymous(), {
    ...business,
    startsAt: '2027-02-03T14:00:00.000Z',
  });
  expect(await claim(test, client, requested)).toMatchObject({ __typename: 'LimitReached', limit: 1 });
  const other = await business.client();
  expect(await claim(test, other, requested)).toMatchObject({ __typename: 'SlotHold' });
  expect(await hold(test, other, { ...business, startsAt: '2027-02-03T16:00:00.000Z' })).toMatchObject({
    __typename: 'LimitReached',
  });
});

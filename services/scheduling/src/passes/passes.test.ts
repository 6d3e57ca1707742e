import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { eventually } from '@kept/testing';
import { lockHold } from '../bookings/lock-hold.ts';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { CANCEL, hold, mutate, NO_SHOW, type Answer } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { CREATE, GRANT, PASSES, REDEEM, RETIRE, SERIES } from './pass-operations-for-tests.ts';
import { redeemPass } from './redeem-pass.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
let manager: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { depositMinor: 2000 });
  client = await business.client();
  manager = business.staff('MANAGER');
});

const product = async (more: Record<string, unknown> = {}): Promise<string> => {
  const input = {
    name: 'Three hours',
    credits: 3,
    validityDays: 30,
    serviceIds: [business.serviceId],
    ...more,
  };
  const answer = await mutate(test, manager, { query: CREATE, input });
  return (answer['product'] as { id: string }).id;
};
const grant = async (more: Record<string, unknown> = {}): Promise<string> => {
  const input = { productId: await product(more), clientId: client.accountId };
  const answer = await mutate(test, business.staff('FRONT_DESK'), { query: GRANT, input });
  return (answer['pass'] as { id: string }).id;
};
const held = async (startsAt: string): Promise<string> => {
  const answer = await hold(test, client, { ...business, startsAt });
  if (answer.__typename !== 'SlotHold') throw new Error(answer.__typename);
  return String(answer['id']);
};
const redeem = async (passId: string, startsAt: string): Promise<Answer> =>
  mutate(test, client, { query: REDEEM, input: { holdId: await held(startsAt), passId } });
const creditsLeft = async (): Promise<number[]> => {
  const { data } = await test.ask(client, PASSES);
  const passes = (data?.['passes'] ?? []) as { creditsLeft: number }[];
  return passes.map((pass) => pass.creditsLeft);
};

it('[scheduling F15] one credit pays for a booking in its own transaction, and no deposit is due', async () => {
  const passId = await grant();
  const booked = await redeem(passId, '2027-02-03T10:00:00.000Z');
  expect(booked).toMatchObject({ booking: { status: 'CONFIRMED' }, pass: { creditsLeft: 2 } });
  const { data } = await test.ask(client, PASSES);
  expect(data?.['passes']).toMatchObject([
    {
      creditsLeft: 2,
      product: { name: 'Three hours' },
      redemptions: [{ returnedAt: null, booking: { status: 'CONFIRMED' } }],
    },
  ]);
});

it('[scheduling F15] the last credit is used once, however many try at the same moment', async () => {
  const passId = await grant({ credits: 1 });
  const starts = ['08', '10', '12'].map((hour) => `2027-02-03T${hour}:00:00.000Z`);
  const holds: string[] = [];
  for (const startsAt of starts) holds.push(await held(startsAt));
  const answers = await Promise.all(
    holds.map((holdId) => mutate(test, client, { query: REDEEM, input: { holdId, passId } })),
  );
  expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual([
    'BookedWithPass',
    'PassRefused',
    'PassRefused',
  ]);
  expect(answers.find(({ __typename }) => __typename === 'PassRefused')).toMatchObject({
    code: 'NO_CREDIT_LEFT',
  });
  // Whoever was refused still has the hold, and can pay for it.
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM slot_hold WHERE status = 'LIVE') AS live,
              (SELECT used FROM pass) AS used, (SELECT count(*)::int FROM pass_redemption) AS redeemed`,
    ),
  );
  expect(row).toEqual({ live: 2, used: 1, redeemed: 1 });
});

it('[scheduling F15] who comes second for the last credit waits for the first, and is refused kindly', async () => {
  const passId = await grant({ credits: 1 });
  const [one, other] = [await held('2027-02-03T08:00:00.000Z'), await held('2027-02-03T10:00:00.000Z')];
  const { organizationId } = business;
  const pay = (tx: Transaction, holdId: string) =>
    lockHold(tx, holdId).then((found) => {
      if (found === null) throw new Error('there is no such hold');
      return redeemPass(tx, { passId, booking: found.booking, now: test.clock() });
    });
  const second = await test.database.transaction(organizationId, async (tx) => {
    expect(await pay(tx, one)).toBeNull();
    const waiting = test.database.transaction(organizationId, (later) => pay(later, other));
    await eventually(() =>
      test.database.infrastructure('test', async (look) => {
        const blocked = await look.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return blocked.length > 0;
      }),
    );
    return { waiting };
  });
  expect(await second.waiting).toMatchObject({ code: 'NO_CREDIT_LEFT' });
});

it('[scheduling F15] is kept by PostgreSQL as well: no credit too many, none twice for a booking, none back twice', async () => {
  const passId = await grant({ credits: 1 });
  const booked = await redeem(passId, '2027-02-03T10:00:00.000Z');
  const other = await held('2027-02-04T10:00:00.000Z');
  const write = (sql: string, parameters: unknown[] = []) =>
    test.database.transaction(business.organizationId, (tx) => tx.query(sql, parameters));
  const refusal = (constraint: string) => ({ driverError: { constraint } });
  await expect(
    write(
      `INSERT INTO pass_redemption (booking_id, organization_id, pass_id, redeemed_at)
       SELECT booking_id, organization_id, $1, now() FROM slot_hold WHERE id = $2`,
      [passId, other],
    ),
  ).rejects.toMatchObject(refusal('credits_used_stay_within_the_pass'));
  await expect(
    write(`INSERT INTO pass_redemption SELECT * FROM pass_redemption WHERE booking_id = $1`, [
      (booked['booking'] as { id: string }).id,
    ]),
  ).rejects.toMatchObject(refusal('one_redemption_per_booking'));
  await write(`UPDATE pass_redemption SET returned_at = redeemed_at`);
  await expect(write(`UPDATE pass_redemption SET returned_at = redeemed_at`)).rejects.toMatchObject(
    refusal('a_credit_comes_back_once'),
  );
});

it('[scheduling F15] a credit comes back when it is called off in time or by the business, and not when it is too late or nobody came', async () => {
  const passId = await grant();
  const [early, late, missed] = [
    await redeem(passId, '2027-02-05T10:00:00.000Z'),
    await redeem(passId, '2027-02-02T10:00:00.000Z'),
    await redeem(passId, '2027-02-02T12:00:00.000Z'),
  ].map((answer) => answer['booking'] as { id: string; version: number });
  expect(await creditsLeft()).toEqual([0]);
  const change = (booking: { id: string; version: number } | undefined) => ({
    bookingId: booking?.id,
    expectedVersion: booking?.version,
  });
  await mutate(test, client, { query: CANCEL, input: change(early) });
  expect(await creditsLeft()).toEqual([1]);
  // A day before is the deadline; this is later.
  test.clock.set('2027-02-02T09:00:00Z');
  await mutate(test, client, { query: CANCEL, input: change(late) });
  expect(await creditsLeft()).toEqual([1]);
  test.clock.set('2027-02-02T12:30:00Z');
  await mutate(test, business.provider(), { query: NO_SHOW, input: change(missed) });
  expect(await creditsLeft()).toEqual([1]);
  const again = (await redeem(passId, '2027-02-02T15:00:00.000Z'))['booking'] as {
    id: string;
    version: number;
  };
  expect(await creditsLeft()).toEqual([0]);
  await mutate(test, business.staff('FRONT_DESK'), { query: CANCEL, input: change(again) });
  expect(await creditsLeft()).toEqual([1]);
});

it('is good for its services, until local midnight after its last day, and in the hands of its client alone', async () => {
  const other = await openBusiness(test);
  const elsewhere = await redeem(await grant(), '2027-02-03T08:00:00.000Z');
  expect(elsewhere.__typename).toBe('BookedWithPass');
  const passId = await grant({ validityDays: 2 });
  // Monday, Tuesday, Wednesday; Thursday is over.
  expect(await redeem(passId, '2027-02-04T08:00:00.000Z')).toMatchObject({ code: 'NOT_VALID_THEN' });
  expect(await redeem(passId, '2027-02-03T19:00:00.000Z')).toMatchObject({ __typename: 'BookedWithPass' });
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('DELETE FROM pass_product_service'),
  );
  expect(await redeem(passId, '2027-02-03T12:00:00.000Z')).toMatchObject({ code: 'NOT_COVERED' });
  const stranger = await business.client();
  const holdId = String(
    (await hold(test, stranger, { ...business, startsAt: '2027-02-05T12:00:00.000Z' }))['id'],
  );
  for (const caller of [stranger, await other.client()]) {
    await expect(mutate(test, caller, { query: REDEEM, input: { holdId, passId } })).rejects.toThrow(
      'NOT_FOUND',
    );
  }
  // Staff may redeem, but never one client's pass for another's booking.
  await expect(
    mutate(test, business.staff('FRONT_DESK'), { query: REDEEM, input: { holdId, passId } }),
  ).rejects.toThrow('NOT_FOUND');
});

it('lets money go that comes for a booking which a pass has paid', async () => {
  const passId = await grant();
  const answer = await hold(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
  const holdId = String(answer['id']);
  await mutate(test, client, { query: REDEEM, input: { holdId, passId } });
  await test.database.transaction(business.organizationId, (tx) =>
    onPaymentAuthorized(tx, test.scheduling, {
      paymentId: randomUUID(),
      bookingId: String(answer['bookingId']),
      holdId,
      clientId: client.accountId ?? '',
      amountMinor: 2000,
      currency: 'GBP',
    }),
  );
  expect(await eventsOf(test.database, business.organizationId, 'booking.refused')).toMatchObject([
    { holdId, reason: 'PAID_BY_PASS' },
  ]);
});

it('pays for a series with a credit each time, or for nothing of it', async () => {
  const passId = await grant();
  const series = (count: number, startsAt: string) => ({
    serviceId: business.serviceId,
    providerId: business.providerId,
    startsAt,
    rule: `FREQ=WEEKLY;COUNT=${count}`,
    mode: 'ALL_OR_NOTHING',
    passId,
  });
  expect(
    await mutate(test, client, { query: SERIES, input: series(4, '2027-02-03T10:00:00.000Z') }),
  ).toMatchObject({
    code: 'NO_CREDIT_LEFT',
  });
  expect(await creditsLeft()).toEqual([3]);
  expect(
    await mutate(test, client, { query: SERIES, input: series(3, '2027-02-03T10:00:00.000Z') }),
  ).toMatchObject({
    bookedCount: 3,
  });
  expect(await creditsLeft()).toEqual([0]);
});

it('is granted and seen by those who may, and no more once it is retired', async () => {
  const productId = await product();
  const input = { productId, clientId: client.accountId };
  await expect(mutate(test, client, { query: GRANT, input })).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  await expect(
    mutate(test, business.staff('FRONT_DESK'), { query: RETIRE, input: { productId } }),
  ).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  const stranger = randomUUID();
  await expect(
    mutate(test, manager, { query: GRANT, input: { ...input, clientId: stranger } }),
  ).rejects.toThrow('NOT_FOUND');
  expect(await mutate(test, manager, { query: RETIRE, input: { productId } })).toEqual({
    __typename: 'PassProductRetired',
  });
  await expect(mutate(test, manager, { query: GRANT, input })).rejects.toThrow('NOT_FOUND');
  await grant();
  const peek = await test.ask(await business.client(), PASSES, { clientId: client.accountId });
  expect(peek.data?.['passes'] ?? null).toBeNull();
  const seen = await test.ask(business.staff('FRONT_DESK'), PASSES, { clientId: client.accountId });
  expect(seen.data?.['passes']).toHaveLength(1);
  expect((await test.ask(business.provider(), PASSES, { clientId: client.accountId })).errors).not.toEqual(
    [],
  );
});

it('refuses kinds of pass that make no sense', async () => {
  const wrong = [
    { credits: 0 },
    { credits: 1001 },
    { validityDays: 0 },
    { validityDays: 100_000 },
    { name: ' ' },
    { serviceIds: [] },
    { serviceIds: ['nonsense'] },
  ];
  for (const more of wrong) await expect(product(more)).rejects.toThrow('BAD_INPUT');
  await expect(product({ serviceIds: [randomUUID()] })).rejects.toThrow('NOT_FOUND');
});

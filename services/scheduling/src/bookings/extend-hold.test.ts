import { createPublicKey, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { openStatement } from '@kept/events';
import { extendWindows } from '../arbiter/extend-windows.ts';
import { holdWindows } from '../arbiter/hold-windows.ts';
import { hold, mutate, type Answer } from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { EXTEND } from './life-for-tests.ts';
import { HOLD_MINUTES } from './slot-hold.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 12 });
});
beforeEach(() => test.clock.set(MONDAY));
afterAll(() => test.stop());

const slot = '2027-02-03T10:00:00.000Z';
const minutesFromNow = (minutes: number) => new Date(test.clock().getTime() + minutes * 60_000).toISOString();
const instant = (value: unknown) => Date.parse(String(value));

it('a hold is a time limit that warns in time and can be prolonged ten times, then it ends (WCAG 2.2.1)', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt: slot });
  const extend = () => mutate(test, client, { query: EXTEND, input: { holdId: held['id'] } });
  let last: Answer = held;
  for (let left = 9; left >= 0; left -= 1) {
    // Asked in the last moment before the end.
    test.clock.set(new Date(instant(last['expiresAt']) - 1));
    last = await extend();
    expect(last).toMatchObject({
      __typename: 'SlotHold',
      expiresAt: minutesFromNow(HOLD_MINUTES),
      extensionsLeft: left,
    });
    expect(instant(last['expiresAt']) - instant(last['warnAt'])).toBeGreaterThanOrEqual(20_000);
  }
  expect(await extend()).toMatchObject({ __typename: 'LimitReached', limit: 10 });
  // The slot was theirs all the time, and is nobody's once the last one is over.
  const other = await business.client();
  expect((await hold(test, other, { ...business, startsAt: slot })).__typename).toBe('SlotUnavailable');
  test.clock.set(new Date(instant(last['expiresAt'])));
  expect(await extend()).toMatchObject({ __typename: 'HoldExpired' });
  expect((await hold(test, other, { ...business, startsAt: slot })).__typename).toBe('SlotHold');
});

it('whoever keeps prolonging at once gains nothing: the time counts from now', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt: slot });
  const extend = () => mutate(test, client, { query: EXTEND, input: { holdId: held['id'] } });
  const answers = await Promise.all(Array.from({ length: 12 }, extend));
  expect(answers.filter(({ __typename }) => __typename === 'SlotHold')).toHaveLength(10);
  expect(new Set(answers.map((answer) => answer['expiresAt']).filter(Boolean))).toEqual(
    new Set([held['expiresAt']]),
  );
});

it('asked twice with one key it is prolonged once', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt: slot });
  const input = { holdId: held['id'], idempotencyKey: 'b7e23ec2-9af2-4c61-9d3c-222222222222' };
  const once = await mutate(test, client, { query: EXTEND, input });
  expect(await mutate(test, client, { query: EXTEND, input })).toEqual(once);
  expect(once['extensionsLeft']).toBe(9);
});

it('comes with a fresh quote for as long as the slot is kept', async () => {
  const business = await openBusiness(test, { depositMinor: 2000 });
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt: slot });
  test.clock.advance(14 * 60_000);
  const longer = await mutate(test, client, { query: EXTEND, input: { holdId: held['id'] } });
  const key = createPublicKey(test.scheduling.signingKey);
  const quote = (answer: Answer) =>
    openStatement('kept/quote/v1', String(answer['quote']), key) as Record<string, unknown>;
  expect(quote(longer)).toEqual({ ...quote(held), expiresAt: longer['expiresAt'] });
});

it('prolonging and giving the slot to somebody else are raced at the end: one of both, never both', async () => {
  const { organizationId, providerId } = await openBusiness(test);
  for (let round = 0; round < 12; round += 1) {
    const start = new Date(Date.parse(slot) + round * 86_400_000);
    const windows = [{ resourceId: providerId, start, end: new Date(start.getTime() + 3_600_000) }];
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const expiresAt = new Date('2027-02-01T05:15:00.000Z');
    const later = new Date('2027-02-01T05:30:00.000Z');
    const alone = <T>(work: (tx: Transaction) => Promise<T>) =>
      test.database.transaction(organizationId, work);
    const take = (id: string, now: Date, until: Date) =>
      alone((tx) => holdWindows(tx, { id, windows, now, expiresAt: until }));
    await take(mine, new Date(MONDAY), expiresAt);
    // One asks a moment before the end, the other at the end.
    const before = new Date(expiresAt.getTime() - 1);
    const outcome = await Promise.all([
      alone((tx) => extendWindows(tx, { id: mine, windowCount: 1, now: before, expiresAt: later })),
      take(theirs, expiresAt, later),
    ]);
    expect(outcome.filter(Boolean)).toHaveLength(1);
    const owners = await alone((tx) =>
      tx.query('SELECT owner_id FROM allocation WHERE starts_at = $1', [start]),
    );
    expect(owners).toEqual([{ owner_id: outcome[0] ? mine : theirs }]);
  }
});

it('the arbiter itself keeps nothing longer that has ended, swept or not', async () => {
  const { organizationId, providerId } = await openBusiness(test);
  const [id, start] = [randomUUID(), new Date(slot)];
  const windows = [{ resourceId: providerId, start, end: new Date(start.getTime() + 3_600_000) }];
  const [expiresAt, later] = [new Date('2027-02-01T05:15:00.000Z'), new Date('2027-02-01T05:30:00.000Z')];
  await test.database.transaction(organizationId, async (tx) => {
    await holdWindows(tx, { id, windows, now: new Date(MONDAY), expiresAt });
    const extend = (now: Date) => extendWindows(tx, { id, windowCount: 1, now, expiresAt: later });
    expect(await extend(expiresAt)).toBe(false);
    expect(await extend(new Date(expiresAt.getTime() - 1))).toBe(true);
  });
});

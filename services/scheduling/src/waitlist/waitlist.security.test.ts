/**
 * Keeps closed: taking, refusing or leaving for somebody else what only they were offered; learning who waits; flooding
 * the list; and wishes that no calendar can hold.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { ACCEPT, DECLINE, entriesOf, join, LEAVE, wake } from './waitlist-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test);
  client = await business.client();
});

it('lets nobody answer, leave or see what is another’s: it does not exist for them', async () => {
  await join(test, client, { business });
  await wake(test, business);
  const [entry] = await entriesOf(test, client);
  const answer = { offerId: entry?.offer?.id };
  const leave = { entryId: entry?.id, expectedVersion: entry?.version };
  const elsewhere = await openBusiness(test);
  for (const stranger of [await business.client(), await elsewhere.client(), elsewhere.staff('MANAGER')]) {
    await expect(mutate(test, stranger, { query: ACCEPT, input: answer })).rejects.toThrow('NOT_FOUND');
    await expect(mutate(test, stranger, { query: DECLINE, input: answer })).rejects.toThrow('NOT_FOUND');
    await expect(mutate(test, stranger, { query: LEAVE, input: leave })).rejects.toThrow('NOT_FOUND');
    expect(await entriesOf(test, stranger)).toEqual([]);
  }
  for (const outsider of [business.provider(), business.staff('BILLING'), business.anonymous()]) {
    await expect(entriesOf(test, outsider)).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
    await expect(mutate(test, outsider, { query: ACCEPT, input: answer })).rejects.toThrow(
      'UNAUTHORIZED_FIELD_OR_TYPE',
    );
  }
  // The argument is for staff; a client who sends it is refused or sees nothing but their own.
  const nosy = await business.client();
  const seen = await entriesOf(test, nosy, { clientId: client.accountId ?? '' }).catch(() => []);
  expect(seen).toEqual([]);
  expect(
    await entriesOf(test, business.staff('FRONT_DESK'), { clientId: client.accountId ?? '' }),
  ).toHaveLength(1);
});

it('lets nobody wait for another client, and staff only for clients of their own', async () => {
  const other = await business.client();
  await expect(join(test, client, { business, clientId: other.accountId })).rejects.toThrow(
    /FORBIDDEN|UNAUTHORIZED/,
  );
  const staff = business.staff('FRONT_DESK');
  await expect(join(test, staff, { business, clientId: randomUUID() })).rejects.toThrow('NOT_FOUND');
  expect(await join(test, staff, { business, clientId: other.accountId })).toMatchObject({
    __typename: 'WaitlistJoined',
  });
});

it('lets one client wait for five times, also when all are asked for at once', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => join(test, client, { business })));
  const joined = answers.filter(({ __typename }) => __typename === 'WaitlistJoined');
  expect(joined).toHaveLength(5);
  expect(answers.find(({ __typename }) => __typename === 'LimitReached')).toMatchObject({ limit: 5 });
});

const window = (from: string, to: string) => ({ windows: [{ from, to }] });
it.each([
  ['a window that ends before it starts', window('2027-02-05', '2027-02-04')],
  ['31 February', window('2027-02-01', '2027-02-31')],
  ['no window', { windows: [] }],
  [
    'eleven windows',
    {
      windows: Array.from({ length: 11 }, (_, day) => ({
        from: `2027-02-${day + 10}`,
        to: `2027-02-${day + 10}`,
      })),
    },
  ],
  [
    'windows that overlap',
    {
      windows: [...window('2027-02-01', '2027-02-05').windows, ...window('2027-02-05', '2027-02-06').windows],
    },
  ],
  ['days that are over', window('2027-01-01', '2027-01-31')],
  ['days in years to come', window('2027-02-01', '2029-02-01')],
  ['a million days', window('2027-02-01', '2199-12-31')],
  ['a zone that does not exist', { timeZone: 'Europe/Atlantis' }],
  ['an offset for a zone', { timeZone: '+01:00' }],
  ['a time of day that ends before it starts', { earliest: '12:00', latest: '09:00' }],
  ['a time of day that is none', { earliest: '25:00' }],
  ['no seat', { seats: 0 }],
  ['ten thousand seats', { seats: 10_000 }],
  ['a service that is no id', { serviceId: '1 OR 1=1' }],
])('refuses %s and keeps nothing', async (_name, more) => {
  await expect(join(test, client, { business, ...more })).rejects.toThrow(/BAD_INPUT|BAD_USER_INPUT/);
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      'SELECT (SELECT count(*)::int FROM waitlist_entry) AS entries, (SELECT count(*)::int FROM idempotency_key) AS keys',
    ),
  );
  expect(row).toEqual({ entries: 0, keys: 0 });
});

it('refuses what does not exist', async () => {
  await expect(join(test, client, { business, serviceId: randomUUID() })).rejects.toThrow('NOT_FOUND');
  await expect(join(test, client, { business, providerId: randomUUID() })).rejects.toThrow('NOT_FOUND');
});

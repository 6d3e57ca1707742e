/**
 * The hole this keeps closed: names of children and friends are the names of people who have agreed to nothing. They lie
 * sealed, are shown to nobody but those who need them, cannot be moved or compared outside, and bad ones save nothing.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { hold, mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { ADD_DEPENDENT, bookFor, listChild, REMOVE_DEPENDENT, SET_ATTENDEES } from './attendees-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
let child: string;
let held: { bookingId: unknown };
beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
  client = await business.client();
  child = await listChild(test, client, 'Secret Child');
  const booked = {
    startsAt: '2027-02-03T10:00:00.000Z',
    attendees: [{ name: 'Secret Friend', phone: '+44 20 7946 0018' }],
  };
  await bookFor(test, { client, business }, booked);
  held = {
    bookingId: (await hold(test, client, { ...business, startsAt: '2027-02-03T12:00:00.000Z' }))['bookingId'],
  };
});
afterAll(() => test.stop());

const rows = <Row>(text: string, parameters: unknown[] = []) =>
  test.database.transaction(business.organizationId, (tx) => tx.query<Row>(text, parameters));
const counts = () =>
  rows('SELECT (SELECT count(*)::int FROM attendee) AS a, (SELECT count(*)::int FROM dependent) AS d');

it('[INC-12] names and numbers lie sealed, and nowhere else: not in events, not under keys of repetition', async () => {
  const [row] = await rows<{ text: string }>(
    `SELECT (SELECT json_agg(a)::text FROM attendee a) || (SELECT json_agg(d)::text FROM dependent d)
       || (SELECT json_agg(k)::text FROM idempotency_key k)
       || (SELECT json_agg(o)::text FROM outbox o WHERE organization_id = $1) AS text`,
    [business.organizationId],
  );
  expect(row?.text).toContain(client.accountId);
  expect(row?.text).not.toMatch(/Secret|7946/);
  const hex = Buffer.from('Secret').toString('hex');
  expect(row?.text).not.toContain(hex);
});

it('[INC-12] a fingerprint of one organization says nothing in another', async () => {
  const other = await openBusiness(test);
  await bookFor(
    test,
    { client: await other.client(), business: other },
    {
      startsAt: '2027-02-03T10:00:00.000Z',
      attendees: [{ name: 'Secret Friend' }],
    },
  );
  const [theirs] = await test.database.transaction(other.organizationId, (tx) =>
    tx.query<{ name_index: Buffer }>('SELECT name_index FROM attendee'),
  );
  const [ours] = await rows<{ name_index: Buffer }>('SELECT name_index FROM attendee');
  expect(ours?.name_index).toHaveLength(16);
  expect(ours?.name_index.equals(theirs?.name_index ?? Buffer.alloc(16))).toBe(false);
});

it('[INC-12] a sealed name that was moved to another person’s booking does not open there', async () => {
  const thief = await business.client();
  await bookFor(
    test,
    { client: thief, business },
    { startsAt: '2027-02-03T14:00:00.000Z', attendees: [{ name: 'Mine' }] },
  );
  await rows(
    `UPDATE attendee SET name = (SELECT name FROM attendee WHERE client_id = $1) WHERE client_id = $2`,
    [client.accountId, thief.accountId],
  );
  const { data, errors } = await test.ask(thief, '{ bookings { nodes { attendees { name } } } }');
  expect(JSON.stringify(data)).not.toContain('Secret');
  expect(errors[0]?.extensions?.code).toBe('INTERNAL');
  await rows('DELETE FROM attendee WHERE client_id = $1', [thief.accountId]);
});

it('[INC-12] nobody lists, sees, takes or names the people of others', async () => {
  const stranger = await business.client();
  expect((await test.ask(stranger, '{ dependents { name } }')).data).toEqual({ dependents: [] });
  expect(
    await mutate(test, stranger, { query: REMOVE_DEPENDENT, input: { dependentId: child } }),
  ).toMatchObject({ removed: false });
  const own = await hold(test, stranger, { ...business, startsAt: '2027-02-03T16:00:00.000Z' });
  const theirs = { bookingId: own['bookingId'], expectedVersion: 1, attendees: [{ dependentId: child }] };
  await expect(mutate(test, stranger, { query: SET_ATTENDEES, input: theirs })).rejects.toThrow('NOT_FOUND');
  const ours = { bookingId: held.bookingId, expectedVersion: 1, attendees: [{ name: 'Me' }] };
  for (const caller of [
    stranger,
    (await openBusiness(test)).staff('MANAGER'),
    business.provider(),
    business.anonymous(),
  ])
    await expect(mutate(test, caller, { query: SET_ATTENDEES, input: ours })).rejects.toThrow(
      /NOT_FOUND|UNAUTHORIZED/,
    );
  for (const staff of [business.staff('MANAGER'), business.provider()])
    expect((await test.ask(staff, '{ dependents { name } }')).errors[0]?.extensions?.code).toBe(
      'UNAUTHORIZED_FIELD_OR_TYPE',
    );
  const billing = await test.ask(business.staff('BILLING'), '{ bookings { nodes { attendees { name } } } }');
  expect(JSON.stringify(billing.data)).not.toContain('Secret');
});

it.each<[string, unknown]>([
  ['ten thousand people', Array.from({ length: 10_000 }, (_, index) => ({ name: `Person ${index}` }))],
  ['one more than fit', Array.from({ length: 21 }, (_, index) => ({ name: `Person ${index}` }))],
  ['control characters', [{ name: 'Ada\u0007' }]],
  ['a text that turns around', [{ name: 'Ada\u202Egnp.exe' }]],
  ['a zero character', [{ name: 'Ada\u0000' }]],
  ['half a character', [{ name: 'Ada\ud83d' }]],
  ['a name without end', [{ name: 'A'.repeat(100_000) }]],
  ['nobody', [{}]],
  ['two in one', [{ name: 'Ada', dependentId: randomUUID() }]],
  ['an id that is none', [{ dependentId: 'all' }]],
  ['a number that is none', [{ name: 'Ada', phone: '<script>' }]],
])('[INC-12] refuses %s, and saves nothing', async (_what, attendees) => {
  const before = await counts();
  const input = { bookingId: held.bookingId, expectedVersion: 1, attendees, idempotencyKey: randomUUID() };
  const { data, errors } = await test.ask(client, SET_ATTENDEES, { input });
  expect(data).toBeNull();
  expect(errors[0]?.extensions?.code).toBe('BAD_INPUT');
  expect(errors[0]?.message).toMatch(/^.{10,160}\.$/);
  expect(errors[0]?.message).not.toMatch(/Ada|script/);
  expect(await counts()).toEqual(before);
});

it('[INC-12] of two good and one unknown none is saved', async () => {
  const before = await counts();
  const attendees = [{ name: 'Ada' }, { name: 'Grace' }, { dependentId: randomUUID() }];
  const input = { bookingId: held.bookingId, expectedVersion: 1, attendees };
  await expect(mutate(test, client, { query: SET_ATTENDEES, input })).rejects.toThrow('NOT_FOUND');
  expect(await counts()).toEqual(before);
});

it.each([
  ['a year to come', { birthYear: 2028 }],
  ['a year of another age', { birthYear: 1066 }],
  ['a name of nothing', { name: ' \t ' }],
])('[INC-12] lists nobody with %s', async (_what, wrong) => {
  const input = { name: 'Ada', relation: 'CHILD', ...wrong };
  await expect(mutate(test, client, { query: ADD_DEPENDENT, input })).rejects.toThrow(/^BAD_INPUT/);
});

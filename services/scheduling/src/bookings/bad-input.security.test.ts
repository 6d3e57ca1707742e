/**
 * What keeps closed: input that is half accepted. Whatever cannot be used is refused with a code and a sentence that
 * a person understands, shows nothing of our insides, and writes nothing.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, CANCEL, HOLD, hold, RESCHEDULE } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
  client = await business.client();
});
afterAll(() => test.stop());

const INSIDES = /Error|at \/|SELECT|INSERT|relation|column|constraint|undefined|null|\[object|stack/;

async function expectRefused(
  query: string,
  variables: Record<string, unknown>,
  caller = client,
): Promise<string> {
  const before = await rowCounts();
  const { data, errors } = await test.ask(caller, query, variables);
  expect(errors).toHaveLength(1);
  const [error] = errors;
  expect(error?.extensions?.code).toBe('BAD_INPUT');
  expect(error?.message).toMatch(/^.{10,160}\.$/);
  expect(error?.message).not.toMatch(INSIDES);
  expect(Object.values(data ?? {}).every((value) => value === null)).toBe(true);
  expect(await rowCounts()).toEqual(before);
  return error?.message ?? '';
}

const cursorOf = (startsAt: string) =>
  Buffer.from(JSON.stringify([startsAt, randomUUID()])).toString('base64url');

const rowCounts = () =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM booking) AS b, (SELECT count(*)::int FROM allocation) AS a, (SELECT count(*)::int FROM slot_hold) AS h,
              (SELECT count(*)::int FROM idempotency_key) AS k, (SELECT count(*)::int FROM service) AS s, (SELECT count(*)::int FROM date_override) AS d,
              (SELECT count(*)::int FROM weekly_rule) AS w, (SELECT sum(version)::int FROM booking) AS v`,
    ),
  );

const slot = () => ({
  serviceId: business.serviceId,
  providerId: business.providerId,
  startsAt: '2027-02-03T10:00:00.000Z',
  idempotencyKey: randomUUID(),
});

describe('[scheduling A31] a slot asked for badly', () => {
  it.each([
    ['a date that does not exist', { startsAt: '2027-02-30T10:00:00Z' }],
    ['an hour that does not exist', { startsAt: '2027-02-03T25:00:00Z' }],
    ['no date at all', { startsAt: 'tomorrow at ten' }],
    ['a number in place of a date', { startsAt: 1_800_000_000 }],
    ['seconds', { startsAt: '2027-02-03T10:00:30.000Z' }],
    ['a year beyond all calendars', { startsAt: '9999-02-03T10:00:00Z' }],
    ['a year before all calendars', { startsAt: '0001-02-03T10:00:00Z' }],
    ['a service id that is none', { serviceId: `1' OR '1'='1` }],
    ['a provider id that is none', { providerId: '../../etc/passwd' }],
    ['an empty id', { providerId: '' }],
    ['a key that is no key', { idempotencyKey: 'again' }],
    ['notes without end', { notes: '🙂'.repeat(2001) }],
    ['a zero character', { notes: 'a\u0000b' }],
    ['half a character', { notes: 'a\ud83db' }],
  ])('%s', async (_what, wrong) => {
    await expectRefused(HOLD, { input: { ...slot(), ...wrong } });
  });

  it('missing or unknown fields', async () => {
    const { startsAt: _startsAt, ...without } = slot();
    expect(await expectRefused(HOLD, { input: without })).toContain('startsAt');
    expect(await expectRefused(HOLD, { input: { ...slot(), price: 0 } })).toContain('price');
  });
});

describe('[scheduling A32] availability asked for badly', () => {
  const QUERY = 'query ($input: AvailabilityInput!) { availability(input: $input) { slots { startsAt } } }';
  const day = () => ({
    serviceId: business.serviceId,
    from: '2027-02-03T00:00:00.000Z',
    to: '2027-02-04T00:00:00.000Z',
    timeZone: 'Europe/London',
  });
  it.each([
    ['an unknown zone', { timeZone: 'Europe/Lodnon' }],
    ['an offset in place of a zone', { timeZone: '+01:00' }],
    ['a zone of another world', { timeZone: '🌍/Paris' }],
    ['an empty zone', { timeZone: '' }],
    ['a range that goes backward', { to: '2027-02-02T00:00:00.000Z' }],
    ['a range of nothing', { to: '2027-02-03T00:00:00.000Z' }],
    ['more than 31 days', { to: '2027-03-07T00:00:00.000Z' }],
    ['29 February in a common year', { from: '2027-02-29T00:00:00Z' }],
    ['a service id that is none', { serviceId: '💥' }],
    ['a provider id that is none', { providerId: 'everybody' }],
  ])('%s', async (_what, wrong) => {
    await expectRefused(QUERY, { input: { ...day(), ...wrong } }, business.anonymous());
  });

  it('without saying which organization', async () => {
    const nowhere = { ...business.anonymous(), organizationId: null };
    expect(await expectRefused(QUERY, { input: day() }, nowhere)).toContain('kept-organization');
  });
});

describe('[scheduling A33] bookings asked for badly', () => {
  const LIST =
    'query ($first: Int, $after: String, $from: DateTime, $to: DateTime) { bookings(first: $first, after: $after, from: $from, to: $to) { nodes { id } } }';
  it.each([
    ['none at all', { first: 0 }],
    ['a negative number', { first: -5 }],
    ['more than a page', { first: 101 }],
    ['a cursor of somebody’s making', { after: 'eyJpZCI6MX0' }],
    ['a cursor that is no text', { after: '💣' }],
    ['a cursor of the year nought', { after: cursorOf('0000-01-01T10:00:00.000Z') }],
    ['a cursor with an hour too many', { after: cursorOf('2027-02-03T24:00:00.000Z') }],
    ['a range that goes backward', { from: '2027-02-04T00:00:00Z', to: '2027-02-03T00:00:00Z' }],
  ])('%s', async (_what, wrong) => {
    await expectRefused(LIST, wrong);
  });
  it('one booking by an id that is none', async () => {
    await expectRefused('query ($id: ID!) { booking(id: $id) { id } }', { id: 'all' });
  });
});

describe('[scheduling A34] changes asked for badly', () => {
  let bookingId: string;
  beforeAll(async () => {
    bookingId = (await book(test, client, { ...slot(), startsAt: '2027-02-09T10:00:00.000Z' })).id;
  });
  const key = () => ({ idempotencyKey: randomUUID() });
  it('a move to a date that does not exist, and a version that is no number', async () => {
    const move = { bookingId, expectedVersion: 2, startsAt: '2027-02-31T10:00:00Z', ...key() };
    await expectRefused(RESCHEDULE, { input: move });
    await expectRefused(CANCEL, { input: { bookingId, expectedVersion: 'two', ...key() } });
    await expectRefused(CANCEL, {
      input: { bookingId, expectedVersion: 2, reason: 'x'.repeat(501), ...key() },
    });
  });
  it('hours and services that cannot be', async () => {
    const manager = business.staff('MANAGER');
    const rules = 'mutation ($input: SetWeeklyRulesInput!) { setWeeklyRules(input: $input) { __typename } }';
    const { providerId } = business;
    for (const [start, end] of [
      ['9:00', '17:00'],
      ['09:00', '24:30'],
      ['24:00', '09:00'],
      ['09:00', '09:00'],
      ['٠٩:٠٠', '17:00'],
    ]) {
      await expectRefused(
        rules,
        { input: { providerId, rules: [{ day: 'MONDAY', start, end }], ...key() } },
        manager,
      );
    }
    await expectRefused(
      rules,
      { input: { providerId, timeZone: 'Mars/Olympus', rules: [], ...key() } },
      manager,
    );
    const override =
      'mutation ($input: SetDateOverrideInput!) { setDateOverride(input: $input) { __typename } }';
    for (const date of ['2027-02-30', '30.01.2027', '2027-1-1', '']) {
      await expectRefused(override, { input: { providerId, date, windows: [], ...key() } }, manager);
    }
    const create = 'mutation ($input: CreateServiceInput!) { createService(input: $input) { __typename } }';
    const service = { name: 'Massage', durationMinutes: 60, priceMinor: 5000, providerIds: [providerId] };
    for (const wrong of [
      { name: '   ' },
      { name: 'ask me@example.org' },
      { durationMinutes: 0 },
      { priceMinor: -1 },
      { depositMinor: 5001 },
      { providerIds: ['x'] },
    ]) {
      await expectRefused(create, { input: { ...service, ...wrong, ...key() } }, manager);
    }
  });
});

it('keeps names and notes in every script as they were written', async () => {
  const notes = 'שלום 👩🏽‍⚕️ ‏مرحبا\n二行目';
  const held = await hold(test, client, { ...slot(), startsAt: '2027-02-11T10:00:00.000Z', notes });
  const { data } = await test.ask(client, 'query ($id: ID!) { booking(id: $id) { notes } }', {
    id: held['bookingId'],
  });
  expect(data).toEqual({ booking: { notes } });
});

import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { calendarFile } from '../messages/calendar-file.ts';
import { book, CANCEL, hold, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { feedFile } from './feed-file.ts';
import { readFeed } from './read-feed.ts';

const FEED = '{ calendarFeed { id version createdAt rotatedAt } }';
const opened = '__typename ... on CalendarFeedOpened { path feed { id version rotatedAt } }';
const CREATE = `mutation ($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) { ${opened}
  ... on CalendarFeedExists { message feed { version } } } }`;
const ROTATE = `mutation ($input: RotateCalendarFeedInput!) { rotateCalendarFeed(input: $input) { ${opened}
  ... on VersionConflict { currentVersion } } }`;
const REVOKE = `mutation ($input: RevokeCalendarFeedInput!) { revokeCalendarFeed(input: $input) { __typename
  ... on CalendarFeedRevoked { revoked } } }`;

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test);
});

const tokenOf = (path: unknown): string => /^\/calendars\/(.+)\.ics$/.exec(String(path))?.[1] ?? '';
const read = (token: string) => readFeed(test.scheduling, token);
async function create(caller: Caller, key: string = randomUUID()) {
  const made = await mutate(test, caller, { query: CREATE, input: { idempotencyKey: key } });
  return { made, token: tokenOf(made['path']) };
}

/** What a second library (ical.js) reads in a calendar. */
function eventsIn(calendar: string) {
  const root = new ICAL.Component(ICAL.parse(calendar) as unknown[]);
  return root.getAllSubcomponents('vevent').map((event) => {
    const value = (name: string): unknown => event.getFirstPropertyValue(name);
    const at = (name: string) => (value(name) as ICAL.Time).toJSDate().toISOString();
    return {
      uid: value('uid'),
      sequence: value('sequence'),
      status: value('status'),
      summary: value('summary'),
      startsAt: at('dtstart'),
      endsAt: at('dtend'),
      stamp: at('dtstamp'),
      names: event.getAllProperties().map(({ name }) => name),
    };
  });
}

it('[MOB-01] shows the secret once, keeps a hash of it, and carries the organization in it', async () => {
  const client = await business.client();
  const key = randomUUID();
  const { made, token } = await create(client, key);
  expect(made).toMatchObject({ __typename: 'CalendarFeedOpened', feed: { version: 1, rotatedAt: null } });
  const [organization = '', secret = ''] = token.split('.');
  expect(Buffer.from(organization, 'base64url').toString('hex')).toBe(
    business.organizationId.replaceAll('-', ''),
  );
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect((await create(client, key)).made).toMatchObject({ __typename: 'CalendarFeedOpened', path: null });
  expect((await create(client)).made).toMatchObject({
    __typename: 'CalendarFeedExists',
    feed: { version: 1 },
  });
  expect(await test.ask(client, FEED)).toMatchObject({ data: { calendarFeed: { version: 1 } } });
  const stored = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(`SELECT to_jsonb(f) AS row FROM calendar_feed f UNION ALL SELECT to_jsonb(o) FROM outbox o UNION ALL
              SELECT to_jsonb(k) FROM idempotency_key k`),
  );
  const text = JSON.stringify(stored);
  expect(text).toContain('secret_hash');
  for (const form of [secret, Buffer.from(secret, 'base64url').toString('hex')])
    expect(text).not.toContain(form);
});

it('[MOB-01] tells times and the business’s name, of what stands, moved or was called off, and nothing else', async () => {
  const client = await business.client();
  const other = await business.client();
  const [first, second] = await Promise.all([create(client), create(business.provider())]);
  const slot = (startsAt: string) => ({ ...business, startsAt, notes: 'secret matter' });
  const kept = await book(test, client, slot('2027-02-10T10:00:00.000Z'));
  const off = await book(test, client, slot('2027-02-11T10:00:00.000Z'));
  await book(test, other, slot('2027-02-12T10:00:00.000Z'));
  await hold(test, client, slot('2027-02-13T10:00:00.000Z'));
  const move = { bookingId: kept.id, expectedVersion: kept.version, startsAt: '2027-02-15T11:00:00.000Z' };
  await mutate(test, client, { query: RESCHEDULE, input: move });
  await mutate(test, client, { query: CANCEL, input: { bookingId: off.id, expectedVersion: off.version } });
  const own = await read(first.token);
  expect(own).toMatchObject({ owner: { kind: 'CLIENT', id: client.accountId }, rows: 2 });
  const summary = 'Appointment: A Business';
  expect(eventsIn(own?.calendar ?? '')).toMatchObject([
    {
      uid: `${off.id}@${business.organizationId}.kept.invalid`,
      status: 'CANCELLED',
      summary,
      sequence: off.version + 1,
    },
    {
      status: 'CONFIRMED',
      summary,
      startsAt: '2027-02-15T11:00:00.000Z',
      endsAt: '2027-02-15T12:00:00.000Z',
    },
  ]);
  const provided = await read(second.token);
  expect(provided).toMatchObject({ owner: { kind: 'STAFF', id: business.providerId }, rows: 3 });
  for (const { calendar = '' } of [own ?? {}, provided ?? {}]) {
    for (const secret of ['secret', 'An hour', client.accountId ?? '', other.accountId ?? '', 'mailto']) {
      expect(calendar).not.toContain(secret);
    }
    expect(calendar).toContain('REFRESH-INTERVAL;VALUE=DURATION:PT1H');
    expect(calendar).not.toContain('METHOD');
  }
  const names = ['class', 'dtend', 'dtstamp', 'dtstart', 'sequence', 'status', 'summary', 'transp', 'uid'];
  for (const event of eventsIn(own?.calendar ?? '')) expect(event.names.toSorted()).toEqual(names);
  // Nothing changed: the same file, so that nobody loads it again.
  test.clock.set('2027-02-01T07:00:00.000Z');
  expect((await read(first.token))?.calendar).toBe(own?.calendar);
  test.clock.set('2027-02-01T05:00:00.000Z');
});

it('[MOB-01] a new address ends the old one; an ended one opens nothing; nobody ends that of another but managers', async () => {
  const client = await business.client();
  const { token } = await create(client);
  const rotate = (expectedVersion: number) =>
    mutate(test, client, { query: ROTATE, input: { expectedVersion } });
  expect(await rotate(7)).toMatchObject({ __typename: 'VersionConflict', currentVersion: 1 });
  const rotated = tokenOf((await rotate(1))['path']);
  expect(await read(token)).toBeNull();
  expect(await read(rotated)).not.toBeNull();
  const revoke = (caller: Caller, ownerId?: string | null) =>
    mutate(test, caller, { query: REVOKE, input: { ...(ownerId && { ownerId }) } });
  const stranger = await business.client();
  expect(await revoke(stranger)).toMatchObject({ revoked: false });
  await expect(revoke(stranger, client.accountId)).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  await expect(revoke(business.provider(), client.accountId)).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  expect(await read(rotated)).not.toBeNull();
  expect(await revoke(business.staff('MANAGER'), client.accountId)).toMatchObject({ revoked: true });
  expect(await read(rotated)).toBeNull();
});

it('[MOB-01] is closed by erasure and by leaving, though nobody remembers to close it', async () => {
  const client = await business.client();
  const provider = business.provider();
  const [erased, left] = await Promise.all([create(client), create(provider)]);
  await test.database.transaction(business.organizationId, async (tx) => {
    await test.scheduling.keyring.destroySubject(tx, client.accountId ?? '');
    await tx.query('UPDATE provider SET active = false WHERE id = $1', [business.providerId]);
  });
  expect(await read(erased.token)).toBeNull();
  expect(await read(left.token)).toBeNull();
});

it('opens nothing with a token of another organization, another spelling, or no token', async () => {
  const { token } = await create(await business.client());
  const [organization = '', secret = ''] = token.split('.');
  const elsewhere = Buffer.from(
    (await openBusiness(test)).organizationId.replaceAll('-', ''),
    'hex',
  ).toString('base64url');
  const last = secret.slice(-1);
  const twin = String.fromCharCode(last.charCodeAt(0) + 1);
  for (const wrong of [
    '',
    '.',
    secret,
    `${elsewhere}.${secret}`,
    `${organization}.${secret}A`,
    `${organization}.${secret.slice(0, -1)}${twin}`,
    `${organization}.${secret.toLowerCase()}`,
    `${organization}.${'A'.repeat(43)}`,
  ]) {
    expect([wrong, await read(wrong)]).toEqual([wrong, null]);
  }
});

describe('F12: what we write, a second library reads', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 120 }),
    fc.stringMatching(/^[\\;,:"\n éß漢🏥a]{0,90}$/u),
  );
  const instants = fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2030, 0, 1) / 60_000 });
  const bookings = fc.record({
    // An organization has a name.
    name: texts.map((text) => `K${text}`),
    start: instants,
    length: fc.integer({ min: 5, max: 600 }),
    version: fc.integer({ min: 1, max: 1_000 }),
    cancelled: fc.boolean(),
    now: instants,
  });
  // RFC 5545 §3.1 and §3.3.11: lines of 75 octets, no bare line ends, and what a summary is after unescaping.
  const wellFormed = (file: string) => {
    const lines = file.split('\r\n');
    expect(lines.every((line) => Buffer.byteLength(line) <= 75 && !/[\r\n]/.test(line))).toBe(true);
    expect(Buffer.from(file).toString()).toBe(file);
  };
  const at = (minute: number) => new Date(minute * 60_000);

  it('[MOB-01] random appointments by mail and in feeds come out as they went in, with one UID', () => {
    fc.assert(
      fc.property(bookings, ({ name, start, length, version, cancelled, now }) => {
        const [bookingId, organizationId] = [
          '11111111-1111-4111-8111-111111111111',
          '22222222-2222-4222-8222-222222222222',
        ];
        const times = { startsAt: at(start), endsAt: at(start + length) };
        const common = { bookingId, version, cancelled, ...times };
        const mail = calendarFile({ ...common, organizationId, organizationName: name, now: at(now) });
        const feed = feedFile({ organizationId, organizationName: name }, [
          { ...common, changedAt: at(now) },
        ]);
        for (const file of [mail, feed]) {
          wellFormed(file);
          const [event, ...more] = eventsIn(file);
          expect(more).toEqual([]);
          expect(event).toMatchObject({
            uid: `${bookingId}@${organizationId}.kept.invalid`,
            sequence: version,
            status: cancelled ? 'CANCELLED' : 'CONFIRMED',
            startsAt: times.startsAt.toISOString(),
            endsAt: times.endsAt.toISOString(),
            stamp: at(now).toISOString(),
          });
          expect(event?.summary).toBe(`Appointment: ${name.replaceAll(/[\p{Cc}"]/gu, ' ').trim()}`);
        }
        const root = new ICAL.Component(ICAL.parse(mail) as unknown[]);
        expect(root.getFirstPropertyValue('method')).toBe(cancelled ? 'CANCEL' : 'REQUEST');
      }),
      { numRuns: process.env['KEPT_NIGHTLY'] ? 5_000 : 200 },
    );
  });
});

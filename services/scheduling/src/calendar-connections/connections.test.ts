import { createHash, randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { hold } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { calendarOf, eventOf, giving, openTestServer, type TestServer } from './calendar-for-tests.ts';
import { syncOne } from './sync-calendar.job.ts';

const CONNECT = `mutation ($input: ConnectCalendarInput!) { connectCalendar(input: $input) { __typename
  ... on CalendarConnected { connection { id kind status version provider { id } } }
  ... on CalendarNotReadable { failure message } ... on LimitReached { limit message } } }`;
const DISCONNECT = `mutation ($input: DisconnectCalendarInput!) { disconnectCalendar(input: $input) { __typename
  ... on CalendarDisconnected { disconnected } } }`;
const LIST = `query ($providerId: ID) { calendarConnections(providerId: $providerId) { id kind status failure failingSince } }`;
const AVAILABLE = `query ($input: AvailabilityInput!) { availability(input: $input) {
  slots { startsAt } unavailableCalendars { id } } }`;

let test: TestScheduling;
let server: TestServer;
beforeAll(async () => {
  [test, server] = await Promise.all([startTestScheduling(), openTestServer(giving(''))]);
});
afterAll(async () => {
  await test.stop();
  await server.stop();
});
let business: TestBusiness;
let provider: Caller;
beforeEach(async () => {
  test.clock.set('2027-02-01T05:00:00.000Z');
  business = await openBusiness(test);
  provider = business.provider();
});

async function ask(caller: Caller, query: string, variables: Record<string, unknown>) {
  const { data, errors } = await test.ask(caller, query, variables);
  if (errors[0]) throw new Error(String(errors[0].extensions?.code));
  return Object.values(data ?? {})[0] as Record<string, never> & { [field: string]: unknown };
}
const connect = (more: Record<string, unknown> = {}, caller = provider) =>
  ask(caller, CONNECT, {
    input: { icsUrl: `${server.url}/secret-path.ics`, idempotencyKey: randomUUID(), ...more },
  });
const connectedId = async (): Promise<string> =>
  ((await connect())['connection'] as unknown as { id: string }).id;
const list = async (caller = provider, providerId?: string) =>
  (await ask(caller, LIST, { providerId })) as unknown as {
    id: string;
    status: string;
    failure: string | null;
  }[];

/** The starts offered on the tenth of February. */
async function offered(): Promise<string[]> {
  const input = {
    serviceId: business.serviceId,
    from: '2027-02-10T00:00:00Z',
    to: '2027-02-11T00:00:00Z',
    timeZone: 'Europe/London',
  };
  const { slots } = await ask(business.anonymous(), AVAILABLE, { input });
  return (slots as unknown as { startsAt: string }[]).map(({ startsAt }) => startsAt.slice(11, 16));
}
const failing = async (): Promise<unknown[]> => {
  const input = {
    serviceId: business.serviceId,
    from: '2027-02-10T00:00:00Z',
    to: '2027-02-11T00:00:00Z',
    timeZone: 'Europe/London',
  };
  return (await ask(business.anonymous(), AVAILABLE, { input }))[
    'unavailableCalendars'
  ] as unknown as unknown[];
};
const busyFrom = (start: string, end: string) =>
  calendarOf(...eventOf(`DTSTART:20270210T${start}00Z`, `DTEND:20270210T${end}00Z`));
const sync = (connectionId: string) =>
  syncOne(test.scheduling, { organizationId: business.organizationId, connectionId });
/** Moves the clock and reads the calendar once more. */
async function later(minutes: number, connectionId: string): Promise<void> {
  test.clock.set(new Date(test.clock().getTime() + minutes * 60_000).toISOString());
  await sync(connectionId);
}
const stored = <Row>(sql: string): Promise<Row[]> =>
  test.database.transaction(business.organizationId, (tx) => tx.query<Row>(sql));

it('[MOB-01] what an address says is busy is not offered any more, and nothing but times is kept', async () => {
  server.answer = giving(busyFrom('0900', '1830'));
  expect(await offered()).toHaveLength(23);
  const connected = await connect();
  expect(connected).toMatchObject({
    __typename: 'CalendarConnected',
    connection: { kind: 'ICS', status: 'WORKING', version: 1, provider: { id: business.providerId } },
  });
  expect(await offered()).toEqual(['08:00', '18:30', '19:00']);
  // Not even for whoever asks for it without looking at what is offered.
  const client = await business.client();
  const at = (time: string) => hold(test, client, { ...business, startsAt: `2027-02-10T${time}:00.000Z` });
  expect(await at('10:00')).toMatchObject({ __typename: 'PolicyViolation' });
  expect(await at('18:30')).toMatchObject({ __typename: 'SlotHold' });
  const rows = await stored<Record<string, unknown>>(
    'SELECT * FROM calendar_connection JOIN busy_block ON connection_id = id',
  );
  expect(rows).toHaveLength(1);
  const everything =
    JSON.stringify(rows, (_key, value: unknown) => value) +
    rows.map(({ access }) => (access as Buffer).toString('latin1')).join();
  for (const secret of ['secret title', 'secret-path', '127.0.0.1', 'event-1'])
    expect(everything).not.toContain(secret);
  // What is kept of the request cannot be guessed at either: hashing a guess does not give it.
  const [kept] = await stored<{ key: string; request_digest: Buffer }>(
    `SELECT key, request_digest FROM idempotency_key WHERE operation = 'connectCalendar'`,
  );
  const access = { kind: 'ICS', url: `${server.url}/secret-path.ics` };
  const guess = [business.organizationId, business.providerId, 'connectCalendar', kept?.key, access];
  const hashed = createHash('sha256').update(JSON.stringify(guess)).digest('hex');
  expect(kept?.request_digest.toString('hex')).not.toBe(hashed);
});

it('[MOB-01] what opens a calendar lies under the key of its owner alone, and goes with that key', async () => {
  server.answer = giving(busyFrom('0900', '1000'));
  const id = await connectedId();
  const keys = await stored<{ subject: string; class: string }>(
    `SELECT k.subject_id AS subject, k.field_class AS class FROM data_subject_key k`,
  );
  expect(keys).toEqual([{ subject: business.providerId, class: 'credential' }]);
  await test.database.transaction(business.organizationId, (tx) =>
    test.scheduling.keyring.destroySubject(tx, business.providerId),
  );
  await later(11, id);
  expect(await stored('SELECT id FROM calendar_connection')).toEqual([]);
  expect(await stored('SELECT starts_at FROM busy_block')).toEqual([]);
});

it('reads again when it is due: new times replace the old together, an unchanged calendar is left alone', async () => {
  server.answer = giving(busyFrom('0800', '1900'), { etag: '"one"' });
  const id = await connectedId();
  expect(await offered()).toEqual(['19:00']);
  await later(9, id);
  let asked = 0;
  server.answer = (request, response) => {
    asked += 1;
    giving('', { etag: '"one"' })(request, response);
  };
  await later(2, id);
  expect(asked).toBe(1);
  expect(await offered()).toEqual(['19:00']);
  server.answer = giving(busyFrom('0800', '1800'), { etag: '"two"' });
  await later(11, id);
  expect(await offered()).toEqual(['18:00', '18:30', '19:00']);
  // Not due: whoever brings it twice reads once.
  server.answer = giving(calendarOf(), { etag: '"three"' });
  await sync(id);
  expect(await offered()).toHaveLength(3);
});

it('[MOB-01] fails closed: what was read counts for an hour, then nothing is offered, and it is said', async () => {
  server.answer = giving(busyFrom('0800', '1900'));
  const id = await connectedId();
  server.answer = (_request, response) => void response.writeHead(500).end('secret trouble');
  await later(15, id);
  expect(await list()).toMatchObject([{ status: 'FAILING', failure: 'SERVER_ERROR' }]);
  expect(await offered()).toEqual(['19:00']);
  await later(46, id);
  expect(await list()).toMatchObject([{ status: 'UNAVAILABLE', failure: 'SERVER_ERROR' }]);
  expect(await offered()).toEqual([]);
  expect(await failing()).toEqual([{ id: business.providerId }]);
  await later(31, id);
  const messages = await eventsOf(test.database, business.organizationId, 'message.requested');
  expect(messages).toMatchObject([
    { template: 'calendar-connection-failed', recipient: { kind: 'STAFF', id: business.providerId } },
  ]);
  server.answer = giving(busyFrom('0800', '1800'));
  await later(31, id);
  expect(await list()).toMatchObject([{ status: 'WORKING', failure: null }]);
  expect(await offered()).toEqual(['18:00', '18:30', '19:00']);
  expect(await failing()).toEqual([]);
});

it('is stale as well when nobody reads it at all', async () => {
  server.answer = giving(calendarOf());
  await connect();
  test.clock.set('2027-02-01T06:00:00.000Z');
  expect(await offered()).toHaveLength(23);
  test.clock.set('2027-02-01T06:00:01.000Z');
  expect(await offered()).toEqual([]);
});

it('does not offer times that were never read', async () => {
  server.answer = giving(calendarOf());
  await connect();
  await stored(`UPDATE calendar_connection SET covered_until = '2027-02-10T12:00:00Z'`);
  expect((await offered()).at(-1)).toBe('11:00');
});

it('tells the owner of a wrong password at once, and only once', async () => {
  server.answer = giving(calendarOf());
  const id = await connectedId();
  server.answer = (_request, response) => void response.writeHead(401).end();
  for (const minutes of [11, 3, 5]) await later(minutes, id);
  const told = await eventsOf(test.database, business.organizationId, 'message.requested');
  expect(told).toHaveLength(1);
  const [event] = await eventsOf(test.database, business.organizationId, 'audit.recorded').then((all) =>
    all.filter(({ action }) => action === 'calendar_failed'),
  );
  expect(event).toMatchObject({ outcome: 'FAILURE', details: { failure: 'SIGN_IN_REFUSED' } });
});

it('[MOB-01] forgets a calendar with its password and its times; others neither see nor end it', async () => {
  server.answer = giving(busyFrom('0800', '1900'));
  const id = await connectedId();
  const stranger = business.staff('PROVIDER');
  const end = (caller: Caller) =>
    ask(caller, DISCONNECT, { input: { connectionId: id, idempotencyKey: randomUUID() } });
  await expect(end(stranger)).rejects.toThrow('NOT_FOUND');
  await expect(list(stranger, business.providerId)).rejects.toThrow(/NOT_FOUND|UNAUTHORIZED/);
  expect(await list(business.staff('FRONT_DESK'), business.providerId)).toMatchObject([
    { id, status: 'WORKING' },
  ]);
  await expect(end(business.staff('FRONT_DESK'))).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  expect(await end(business.staff('MANAGER'))).toMatchObject({ disconnected: true });
  expect(await end(provider)).toMatchObject({ disconnected: false });
  expect(await offered()).toHaveLength(23);
  expect(await stored('SELECT connection_id FROM busy_block')).toEqual([]);
});

it('a calendar that is ended while it is read stays ended', async () => {
  server.answer = giving(busyFrom('0800', '1900'));
  const id = await connectedId();
  server.answer = (request, response) => {
    void ask(provider, DISCONNECT, { input: { connectionId: id, idempotencyKey: randomUUID() } }).then(() =>
      giving(busyFrom('0800', '2000'))(request, response),
    );
  };
  await later(11, id);
  expect(await stored('SELECT connection_id FROM busy_block')).toEqual([]);
  expect(await offered()).toHaveLength(23);
});

it('answers a repeated request the same, keeps to five, and keeps nothing of one that cannot be read', async () => {
  server.answer = giving(calendarOf());
  const idempotencyKey = randomUUID();
  const first = await connect({ idempotencyKey });
  expect(await connect({ idempotencyKey })).toEqual(first);
  expect(await connect({ idempotencyKey, icsUrl: `${server.url}/other.ics` })).toMatchObject({
    __typename: 'IdempotencyConflict',
  });
  for (let count = 0; count < 4; count += 1) await connect();
  expect(await connect()).toMatchObject({ __typename: 'LimitReached', limit: 5 });
  server.answer = giving('<html>Please sign in</html>');
  expect(await connect()).toMatchObject({ __typename: 'CalendarNotReadable', failure: 'NOT_A_CALENDAR' });
  expect(await list()).toHaveLength(5);
  await expect(connect({}, business.staff('MANAGER'))).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE');
  await expect(connect({ caldav: { serverUrl: 'https://a.example', token: 'x' } })).rejects.toThrow(
    'BAD_INPUT',
  );
  const halves = [
    { user: 'a:b', password: 'x' },
    { user: 'a' },
    { password: 'x' },
    { password: 'x', token: 'y', user: 'a' },
  ];
  for (const half of halves) {
    const caldav = { serverUrl: 'https://a.example', ...half };
    await expect(connect({ icsUrl: null, caldav })).rejects.toThrow('BAD_INPUT');
  }
});

/**
 * The hole this keeps closed: an appointment's page is found by a search engine, changed by a mail scanner that follows every link,
 * or reached with the id of somebody else's (cal.com #21667, #11660, PR #29888). A link is 32 random bytes for one booking and named
 * actions, kept as a hash; it ends, it can be ended, its uses are written down, and no look changes anything.
 */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsIn, eventsOf } from '../outbox-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { CANCEL_BY_LINK, CREATE_LINK, LINKS, LOOK, NOT_VALID } from './link-operations-for-tests.ts';
import { MOVE_BY_LINK, openSealed, recordingLog, REVOKE_LINKS } from './link-operations-for-tests.ts';

const { publicKey: sealingKey, privateKey } = generateKeyPairSync('x25519');
const { log, logged } = recordingLog();

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
let anybody: Caller;
let bookingId: string;
beforeAll(async () => {
  test = await startTestScheduling({ manageLinks: { sealingKey, publicUrl: 'https://book.example/' }, log });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set('2027-02-01T05:00:00.000Z');
  business = await openBusiness(test);
  client = await business.client();
  anybody = business.anonymous();
  bookingId = (await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' })).id;
});

const create = async (more: object = {}, by: Caller = client) => {
  const answer = await mutate(test, by, { query: CREATE_LINK, input: { bookingId, ...more } });
  return answer as unknown as { token: string; url: string; link: { id: string; expiresAt: string } };
};
const look = async (token: string, by: Caller = anybody) => {
  const { data, errors } = await test.ask(by, LOOK, { token });
  const { bookingByLink } = (data ?? {}) as { bookingByLink?: Record<string, unknown> | null };
  return { shown: bookingByLink ?? null, error: errors[0] };
};
const cancel = (token: string, more: object = {}, by: Caller = anybody) =>
  mutate(test, by, { query: CANCEL_BY_LINK, input: { token, expectedVersion: 2, ...more } });
const move = (token: string, startsAt: string, more: object = {}) =>
  mutate(test, anybody, { query: MOVE_BY_LINK, input: { token, startsAt, expectedVersion: 2, ...more } });
const rows = (sql: string, parameters: unknown[] = []) =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query<Record<string, unknown>>(sql, parameters),
  );
const stateOf = async (id = bookingId) =>
  (await rows('SELECT status, version, starts_at FROM booking WHERE id = $1', [id]))[0];
const sealedInMails = async () =>
  openSealed(await eventsOf(test.database, business.organizationId, 'message.requested'), privateKey);

it('[BOK-05] works without signing in: shows what, when and where to, moves and calls off under the client’s own rules', async () => {
  const { token, url } = await create();
  expect(url).toBe(`https://book.example/manage#${token}`);
  // 32 random bytes, and the organization; nothing of it is stored.
  expect(Buffer.from(token.split('.')[1] ?? '', 'base64url')).toHaveLength(32);
  const { shown } = await look(token);
  expect(shown).toMatchObject({
    status: 'CONFIRMED',
    version: 2,
    service: { name: 'An hour' },
    refundPercent: 100,
    moveRefusal: null,
  });
  expect(JSON.stringify(shown)).not.toContain(client.accountId);
  const moved = await move(token, '2027-02-12T10:00:00.000Z');
  expect(moved).toMatchObject({
    __typename: 'RescheduledByLink',
    booking: { version: 3, startsAt: '2027-02-12T10:00:00.000Z', movesLeft: 1 },
  });
  expect(await move(token, '2027-02-12T10:30:00.000Z')).toMatchObject({ currentVersion: 3 });
  expect(await move(token, '2027-02-12T03:00:00.000Z', { expectedVersion: 3 })).toMatchObject({
    code: 'OUTSIDE_WORKING_HOURS',
  });
  const key = { idempotencyKey: randomUUID(), expectedVersion: 3, reason: 'I am ill' };
  for (let turn = 0; turn < 2; turn++)
    expect(await cancel(token, key)).toMatchObject({
      __typename: 'CancelledByLink',
      refundPercent: 100,
      booking: { status: 'CANCELLED', version: 4 },
    });
  expect(await cancel(token, { expectedVersion: 4 })).toMatchObject({ code: 'NOT_ACTIVE' });
  const history = await rows(
    'SELECT action, channel, actor_kind, actor_id, link_id FROM booking_history WHERE booking_id = $1 AND version > 2 ORDER BY version',
    [bookingId],
  );
  const [link] = await rows('SELECT id, use_count FROM manage_link WHERE made_for = $1', ['PERSON']);
  expect(history).toEqual(
    ['booking_rescheduled', 'booking_cancelled'].map((action) => {
      const by = { channel: 'LINK', actor_kind: 'ANONYMOUS', actor_id: null };
      return { action, ...by, link_id: link?.['id'] };
    }),
  );
  const used = (await eventsOf(test.database, business.organizationId, 'audit.recorded')).filter(
    ({ action, details }) => action === 'manage_link_used' && details['linkId'] === link?.['id'],
  );
  // Whatever came of it: done, done before, or refused.
  expect(used.map(({ outcome }) => outcome.slice(0, 1)).join('')).toBe('SSFFSSF');
  expect(link?.['use_count']).toBe(7);
});

it('[BOK-05] [identity A38] no look changes anything: not of a mail scanner, not of every address with every method that is no POST', async () => {
  const { token, url } = await create();
  const before = [
    await stateOf(),
    await rows('SELECT * FROM allocation ORDER BY id'),
    await rows('SELECT * FROM booking_history ORDER BY version'),
  ];
  // A scanner fetches the address in the mail. What is behind # is not sent, so nobody but the page's own program knows the token.
  expect(new URL(url).pathname + new URL(url).search).toBe('/manage');
  const query = encodeURIComponent(CANCEL_BY_LINK);
  const variables = encodeURIComponent(
    JSON.stringify({ input: { token, expectedVersion: 2, idempotencyKey: randomUUID() } }),
  );
  for (const path of [
    '/',
    '/manage',
    `/manage?token=${token}`,
    '/graphql',
    `/graphql?query=${query}&variables=${variables}`,
    '/health/ready',
    '/health/live',
  ])
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      const response = await fetch(new URL(path, test.url), { method });
      const text = await response.text();
      expect(text).not.toContain('CancelledByLink');
    }
  // And the query that a page asks changes nothing about the appointment, however often.
  for (const turn of [1, 2]) expect([turn, (await look(token)).error]).toEqual([turn, undefined]);
  expect([
    await stateOf(),
    await rows('SELECT * FROM allocation ORDER BY id'),
    await rows('SELECT * FROM booking_history ORDER BY version'),
  ]).toEqual(before);
});

it('[AUT-16] [identity A38] nobody moves or calls off a booking without a session or a link of this very booking', async () => {
  for (const [query, input] of [
    [CANCEL, { bookingId, expectedVersion: 2 }],
    [RESCHEDULE, { bookingId, expectedVersion: 2, startsAt: '2027-02-12T10:00:00.000Z' }],
  ] as const)
    await expect(mutate(test, anybody, { query, input })).rejects.toThrow(
      /UNAUTHENTICATED|UNAUTHORIZED_FIELD_OR_TYPE/,
    );
  const other = await book(test, await business.client(), {
    ...business,
    startsAt: '2027-02-11T10:00:00.000Z',
  });
  const { token } = await create();
  const before = await stateOf(other.id);
  expect(await cancel(token)).toMatchObject({ __typename: 'CancelledByLink' });
  expect(await stateOf(other.id)).toEqual(before);
  expect((await stateOf())?.['status']).toBe('CANCELLED');
});

it('[AUT-16] [identity A38] wrong, ended, expired, foreign and misused tokens are answered alike, and open nothing', async () => {
  const { token } = await create();
  const viewOnly = (await create({ actions: ['VIEW'], expiresAt: '2027-02-05T00:00:00.000Z' })).token;
  const elsewhere = await openBusiness(test);
  const foreign = { ...anybody, organizationId: elsewhere.organizationId };
  const [organization = '', secret = ''] = viewOnly.split('.');
  const other = Buffer.from(elsewhere.organizationId.replaceAll('-', ''), 'hex').toString('base64url');
  // The first link ended when the second was made.
  const wrong: [string, Caller][] = [
    [token, anybody],
    [`${organization}.${randomBytes(32).toString('base64url')}`, anybody],
    [`${organization}.${secret.slice(0, -2)}AA`, anybody],
    [viewOnly, foreign],
    [`${other}.${secret}`, foreign],
    [`${other}.${secret}`, anybody],
    [viewOnly.toLowerCase(), anybody],
    [`${viewOnly} `, anybody],
    ['', anybody],
    ['x'.repeat(100_000), anybody],
    [`${organization}.' OR true --`, anybody],
  ];
  const answers = new Set<string>();
  for (const [attempt, by] of wrong) {
    const { shown, error } = await look(attempt, by);
    expect(shown).toBeNull();
    answers.add(`${String(error?.extensions?.code)}: ${error?.message}`);
  }
  expect([...answers]).toEqual([expect.stringMatching(NOT_VALID)]);
  // Tokens of ours shown elsewhere do not use up what others may try there.
  const counted = await test.database.transaction(elsewhere.organizationId, (tx) =>
    tx.query(`SELECT failures FROM link_failure WHERE octet_length(beginning) = 0`),
  );
  expect(counted).toEqual([{ failures: 1 }]);
  expect((await look(viewOnly)).shown).toMatchObject({ actions: ['VIEW'] });
  await expect(cancel(viewOnly)).rejects.toThrow(NOT_VALID);
  test.clock.set('2027-02-05T00:00:00.000Z');
  await expect(cancel(viewOnly)).rejects.toThrow(NOT_VALID);
  expect((await look(viewOnly)).error?.message).toMatch(/does not work/);
  expect((await look(viewOnly, client)).shown).toBeNull();
  expect((await stateOf())?.['status']).toBe('CONFIRMED');
});

it('[BOK-05] [identity A38] ends a day after the appointment wherever it moved, and whenever client or staff end it', async () => {
  const { token } = await create();
  await move(token, '2027-02-20T10:00:00.000Z');
  test.clock.set('2027-02-21T10:59:59.000Z');
  expect((await look(token)).shown).toMatchObject({ cancelRefusal: { code: 'ALREADY_STARTED' } });
  test.clock.set('2027-02-21T11:00:00.000Z');
  expect((await look(token)).shown).toBeNull();
  test.clock.set('2027-02-02T05:00:00.000Z');
  expect((await look(token)).shown).not.toBeNull();
  for (const stranger of [
    await business.client(),
    business.staff('BILLING'),
    business.staff('PROVIDER'),
    (await openBusiness(test)).staff('MANAGER'),
  ])
    for (const query of [CREATE_LINK, REVOKE_LINKS])
      await expect(mutate(test, stranger, { query, input: { bookingId } })).rejects.toThrow(
        /NOT_FOUND|UNAUTHORIZED_FIELD_OR_TYPE/,
      );
  const revoke = { query: REVOKE_LINKS, input: { bookingId } };
  expect(await mutate(test, business.staff('FRONT_DESK'), revoke)).toMatchObject({ count: 2 });
  expect((await look(token)).shown).toBeNull();
  const back = rows('UPDATE manage_link SET revoked_at = NULL, revoked_because = NULL');
  await expect(back).rejects.toMatchObject({ driverError: { constraint: 'manage_link_only_ends' } });
  // The URL is said once: a repetition of the request is answered without it.
  const key = { idempotencyKey: randomUUID() };
  expect(await create(key)).toMatchObject({ token: expect.any(String) as string });
  expect(await create(key)).toMatchObject({ token: null, url: null });
  const { data } = await test.ask(business.staff('MANAGER'), LINKS, { id: bookingId });
  expect(JSON.stringify(data)).not.toMatch(/token|hash/);
});

it('[BOK-05] [identity A38] tries are limited, said once in the audit log, and lock no owner out', async () => {
  const { token } = await create();
  const [organization = '', secret = ''] = token.split('.');
  const guess = () =>
    `${organization}.${secret.slice(0, 8)}${randomBytes(32).toString('base64url').slice(0, 35)}`;
  const codes: unknown[] = [];
  for (let turn = 0; turn < 13; turn++) codes.push((await look(guess())).error?.extensions?.code);
  expect(codes).toEqual([
    ...Array<string>(10).fill('UNAUTHENTICATED'),
    ...Array<string>(3).fill('RATE_LIMITED'),
  ]);
  // The owner, at the same moment and with the same beginning.
  expect((await look(token)).shown).toMatchObject({ status: 'CONFIRMED' });
  const audit = await eventsOf(test.database, business.organizationId, 'audit.recorded');
  expect(audit.filter(({ action }) => action === 'manage_link_guessing')).toHaveLength(1);
  test.clock.set('2027-02-01T05:10:00.000Z');
  expect((await look(guess())).error?.extensions?.code).toBe('UNAUTHENTICATED');
  // A link that works is used as often as a person needs, not as a program can.
  expect((await look(token)).error).toBeUndefined();
  await rows('UPDATE manage_link SET window_uses = 60 WHERE window_uses > 0');
  expect((await look(token)).error?.extensions?.code).toBe('RATE_LIMITED');
  test.clock.set('2027-02-01T07:30:00.000Z');
  expect((await look(token)).shown).not.toBeNull();
  await look(guess());
  expect(await rows('SELECT DISTINCT window_start FROM link_failure')).toEqual([
    { window_start: new Date('2027-02-01T07:30:00.000Z') },
  ]);
  // Of an organization in all: tokens that have nothing in common, and no row for each of them.
  await rows('UPDATE link_failure SET failures = 300 WHERE octet_length(beginning) = 0');
  const random = () => `${organization}.${randomBytes(32).toString('base64url')}`;
  for (let turn = 0; turn < 2; turn++)
    expect((await look(random())).error?.extensions?.code).toBe('RATE_LIMITED');
  expect(await rows('SELECT 1 FROM link_failure')).toHaveLength(2);
});

it('[BOK-05] [identity A38] a token stands nowhere but with its owner: no table, event, log or error holds it; mails get it sealed', async () => {
  const { token } = await create();
  await look(token);
  await look(token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A'));
  await cancel(token, { expectedVersion: 9, reason: 'x' });
  const mailed = (await eventsOf(test.database, business.organizationId, 'message.requested')).map(
    ({ recipient, sealed }) => [recipient.kind, sealed],
  );
  expect(mailed).toEqual([
    ['CLIENT', expect.any(String)],
    ['STAFF', undefined],
  ]);
  const [content = { recipientId: '', token: '' }] = await sealedInMails();
  expect(content.recipientId).toBe(client.accountId);
  const everything = [
    JSON.stringify(await eventsIn(test.database, business.organizationId)),
    logged.join('\n'),
  ];
  for (const { name } of await rows(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')`,
  ))
    everything.push(JSON.stringify(await rows(`SELECT t::text FROM ${String(name)} AS t`)));
  for (const held of [token, content.token])
    expect(everything.some((text) => text.includes(held.slice(23)))).toBe(false);
  expect((await look(content.token)).error?.message).toMatch(/does not work/);
});

import { randomUUID } from 'node:crypto';
import { PASSPORT_HEADER, signPassport, type Caller } from '@kept/passport';
import { listen, openLog } from '@kept/subgraph-kit';
import { callerOf, testOrganization, testPassportKey } from '@kept/testing';
import { openStage, type Stage } from '../stage-for-tests.ts';
import { ACCESS_RECORDS_OPERATION, accessRecordsRoute } from './receive-access-records.ts';

// The hole this keeps closed: whoever reaches the service's port writes false records of who saw whom, or changes and
// deletes true ones; and the records themselves become a place where values of people's data are found.
let stage: Stage;
let url: string;
let stop: () => Promise<void>;
const log = openLog({ service: 'compliance', level: 'silent' });
const key = testPassportKey('compliance');

beforeAll(async () => {
  stage = await openStage();
  const route = accessRecordsRoute({
    database: stage.database,
    policy: { windowMinutes: 60, peopleMax: 30, rowsMax: 1_000 },
    passportKeys: [key],
    clock: () => new Date(),
    log,
  });
  ({ url, stop } = await listen({ host: '127.0.0.1', port: 0, routes: [route], log }));
});
afterAll(async () => {
  await stop();
  await stage.drop();
});

const record = (organizationId: string, more: object = {}) => ({
  id: randomUUID(),
  occurredAt: new Date().toISOString(),
  organizationId,
  actor: { kind: 'STAFF', id: randomUUID() },
  sessionId: null,
  requestId: randomUUID(),
  operation: { name: null, hash: 'a'.repeat(64), kind: 'query' },
  client: null,
  purposes: [],
  answered: [0],
  rows: 1,
  subjects: [],
  denied: [],
  violations: [],
  emergency: false,
  occurrences: 1,
  ...more,
});
const batch = (records: object[], coordinates = ['Client.email']) =>
  JSON.stringify({ id: randomUUID(), coordinates, records });
const gateway = callerOf({ kind: 'SERVICE', organizationId: null, operationName: ACCESS_RECORDS_OPERATION });
const signed = (body: string, caller: Caller = gateway, service = 'compliance') =>
  signPassport({ caller, service, body, key, now: new Date() });
const post = async (body: string, passport?: string) => {
  const headers = passport === undefined ? {} : { [PASSPORT_HEADER]: passport };
  return (await fetch(`${url}/access-records`, { method: 'POST', headers, body })).status;
};
const count = (organizationId: string) =>
  stage.database.transaction(organizationId, async (tx) => {
    const [row] = await tx.query<{ n: number }>('SELECT count(*)::int AS n FROM access_record');
    return row?.n;
  });

it('[gateway A11] takes records only with a passport for this body, of a service, for this purpose', async () => {
  const organizationId = await testOrganization(stage.database);
  const body = batch([record(organizationId)]);
  expect(await post(body)).toBe(401);
  expect(await post(body, signed(batch([record(organizationId)])))).toBe(401);
  expect(await post(body, signed(body, gateway, 'identity'))).toBe(401);
  expect(await post(body, signed(body, callerOf({ kind: 'STAFF', roles: ['COMPLIANCE'] })))).toBe(403);
  expect(await post(body, signed(body, callerOf({ kind: 'SERVICE', organizationId: null })))).toBe(403);
  const passport = signed(body);
  expect(await post(body, passport)).toBe(200);
  expect(await post(body, passport)).toBe(401);
  expect(await count(organizationId)).toBe(1);
});

it.each([
  ['a value in place of a field', { denied: [0] }, ['ada@example.org']],
  ['a number beyond the list', { answered: [7] }, ['Client.email']],
  [
    'a sentence as operation name',
    { operation: { name: 'Ada Byron', hash: 'a'.repeat(64), kind: 'query' } },
    undefined,
  ],
  ['a key that nobody knows', { email: 'ada@example.org' }, undefined],
  ['an actor without an id', { actor: { kind: 'STAFF', id: null } }, undefined],
  ['a name as purpose', { purposes: ['Ada Byron'] }, undefined],
])('refuses a batch with %s', async (_what, more, coordinates) => {
  const organizationId = await testOrganization(stage.database);
  const body = batch([record(organizationId, more)], coordinates);
  expect(await post(body, signed(body))).toBe(400);
  expect(await count(organizationId)).toBe(0);
});

it('opens no organization for somebody who has not signed in, and one that a token names', async () => {
  const [anonymous, signedIn] = [randomUUID(), randomUUID()];
  const body = batch([
    record(anonymous, { actor: { kind: 'ANONYMOUS', id: null }, denied: [0] }),
    record(signedIn),
  ]);
  expect(await post(body, signed(body))).toBe(200);
  expect([await count(anonymous), await count(signedIn)]).toEqual([0, 1]);
});

it.each(['access_record', 'access_subject', 'access_alert'])(
  'never changes or loses a row of %s, whoever asks the database',
  async (table) => {
    const organizationId = await testOrganization(stage.database);
    const subjects = [{ id: randomUUID(), fields: [0] }];
    const body = batch([record(organizationId, { subjects, rows: 5_000 })]);
    expect(await post(body, signed(body))).toBe(200);
    for (const sql of [
      `UPDATE ${table} SET actor_id = NULL`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ])
      await expect(stage.database.transaction(organizationId, (tx) => tx.query(sql))).rejects.toThrow(
        /only grow|permission denied|cannot truncate/,
      );
  },
);

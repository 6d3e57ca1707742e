import { randomUUID } from 'node:crypto';
import { listen, openLog } from '@kept/subgraph-kit';
import { callerOf, fixedClock, passportFor, testOrganization, testPassportKey } from '@kept/testing';
import { PASSPORT_HEADER } from '@kept/passport';
import { openKeyring } from '@kept/field-encryption';
import { purgeOwnData } from '../retention/purge-expired.job.ts';
import { openStage, type Stage } from '../stage-for-tests.ts';
import type { AccessBatch, AccessRecord } from './batch.ts';
import { cursorAfter, listAccessRecords, readCursor } from './list-access-records.ts';
import { ACCESS_RECORDS_OPERATION, accessRecordsRoute } from './receive-access-records.ts';

let stage: Stage;
let url: string;
let stop: () => Promise<void>;
const log = openLog({ service: 'compliance', level: 'silent' });
const clock = fixedClock('2027-03-01T09:00:00Z');
// A clinic's limits, scaled down: nothing about them but the numbers is different.
const policy = { windowMinutes: 60, peopleMax: 30, rowsMax: 1_000 };

beforeAll(async () => {
  stage = await openStage();
  const route = accessRecordsRoute({
    database: stage.database,
    policy,
    passportKeys: [testPassportKey('compliance')],
    clock,
    log,
  });
  ({ url, stop } = await listen({ host: '127.0.0.1', port: 0, routes: [route], log }));
});
afterAll(async () => {
  await stop();
  await stage.drop();
});

const FIELDS = ['Client.displayName', 'Client.email', 'Booking.notes'];
const recordOf = (organizationId: string, more: Partial<AccessRecord> = {}): AccessRecord => ({
  id: randomUUID(),
  occurredAt: clock().toISOString(),
  organizationId,
  actor: { kind: 'STAFF', id: randomUUID() },
  sessionId: randomUUID(),
  requestId: randomUUID(),
  operation: { name: 'Calendar', hash: 'a'.repeat(64), kind: 'query' },
  client: null,
  purposes: ['BOOKING_SERVICE'],
  answered: [0],
  rows: 1,
  subjects: [],
  denied: [],
  violations: [],
  emergency: false,
  occurrences: 1,
  ...more,
});

const batchOf = (...records: AccessRecord[]): AccessBatch => ({
  id: randomUUID(),
  coordinates: FIELDS,
  records,
});

async function post(batch: object, caller = service()): Promise<{ status: number; stored: number }> {
  const body = JSON.stringify(batch);
  const passport = passportFor({ caller, service: 'compliance', body, now: clock() });
  const response = await fetch(`${url}/access-records`, {
    method: 'POST',
    headers: { [PASSPORT_HEADER]: passport },
    body,
  });
  const { stored = -1 } = (await response.json()) as { stored?: number };
  return { status: response.status, stored };
}
const service = () =>
  callerOf({ kind: 'SERVICE', organizationId: null, operationName: ACCESS_RECORDS_OPERATION });

const entriesOf = (organizationId: string) =>
  stage.database.transaction(organizationId, async (tx) => {
    const rows = await tx.query<{ entry: string }>('SELECT entry FROM audit_pending ORDER BY admission');
    return rows.map(({ entry }) => JSON.parse(entry) as { action: string; details: Record<string, string> });
  });
const list = (organizationId: string, more: { dataSubjectId?: string; actorId?: string } = {}) =>
  stage.database.transaction(organizationId, (tx) =>
    listAccessRecords(tx, { limit: 200, after: null, dataSubjectId: null, actorId: null, ...more }),
  );

it('[LOG-01] says who saw which fields of whom: three people in an answer are three who can ask', async () => {
  const organizationId = await testOrganization(stage.database);
  const people = [randomUUID(), randomUUID(), randomUUID()];
  const subjects = people.map((id, index) => ({ id, fields: index === 0 ? [0, 1] : [0] }));
  const record = recordOf(organizationId, { answered: [0, 1], rows: 3, subjects });
  expect(await post(batchOf(record))).toEqual({ status: 200, stored: 1 });
  for (const [index, id] of people.entries()) {
    expect(await list(organizationId, { dataSubjectId: id })).toEqual([
      expect.objectContaining({
        id: record.id,
        actorId: record.actor.id,
        fields: index === 0 ? ['Client.displayName', 'Client.email'] : ['Client.displayName'],
        purposes: ['BOOKING_SERVICE'],
        requestId: record.requestId,
        receivedAt: clock(),
      }),
    ]);
  }
  expect(await list(organizationId, { dataSubjectId: randomUUID() })).toEqual([]);
});

it('stores a batch that arrives twice once, and the half of it that is new', async () => {
  const organizationId = await testOrganization(stage.database);
  const [first, second] = [recordOf(organizationId), recordOf(organizationId)];
  expect(await post(batchOf(first))).toEqual({ status: 200, stored: 1 });
  expect(await post(batchOf(first, second))).toEqual({ status: 200, stored: 1 });
  expect(await list(organizationId)).toHaveLength(2);
});

it('pages through the newest first without losing or repeating any', async () => {
  const organizationId = await testOrganization(stage.database);
  const records = Array.from({ length: 7 }, () => recordOf(organizationId));
  await post(batchOf(...records));
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const cursor = after === null ? null : readCursor(after);
    const page = await stage.database.transaction(organizationId, (tx) =>
      listAccessRecords(tx, { limit: 3, after: cursor, dataSubjectId: null, actorId: null }),
    );
    seen.push(...page.map(({ id }) => id));
    after = cursorAfter(page, 3);
  } while (after !== null);
  expect(seen.toSorted()).toEqual(records.map(({ id }) => id).toSorted());
});

it('puts denials, broken purposes and emergency reads into the log, and an app that keeps asking only once a minute', async () => {
  const organizationId = await testOrganization(stage.database);
  const actor = { kind: 'STAFF' as const, id: randomUUID() };
  const asksAgain = Array.from({ length: 50 }, () => recordOf(organizationId, { actor, denied: [2] }));
  await post(batchOf(...asksAgain));
  await post(batchOf(recordOf(organizationId, { actor, denied: [2] })));
  await post(batchOf(recordOf(organizationId, { actor, violations: [1] })));
  await post(
    batchOf(
      recordOf(organizationId, { actor, emergency: true }),
      recordOf(organizationId, { actor, emergency: true }),
    ),
  );
  const entries = await entriesOf(organizationId);
  expect(entries.map(({ action }) => action)).toEqual([
    'authz_fail',
    'purpose_violation',
    'emergency_read',
    'emergency_read',
  ]);
  expect(entries[0]?.details).toMatchObject({ fields: 'Booking.notes', operation: 'Calendar' });
  expect(await list(organizationId)).toHaveLength(54);
});

it('forgets records when their six years are over, and says so', async () => {
  const organizationId = await testOrganization(stage.database);
  const person = randomUUID();
  const old = new Date('2021-02-28T09:00:00Z').toISOString();
  const subjects = [{ id: person, fields: [0] }];
  await post(
    batchOf(recordOf(organizationId, { occurredAt: old, subjects }), recordOf(organizationId, { subjects })),
  );
  const keyring = openKeyring({ service: 'compliance', rootKey: Buffer.alloc(32, 7), clock });
  await purgeOwnData({ database: stage.database, keyring, clock });
  expect(await list(organizationId, { dataSubjectId: person })).toHaveLength(1);
  expect((await entriesOf(organizationId)).map(({ action, details }) => [action, details['table']])).toEqual([
    ['retention_purged', 'access_record'],
  ]);
});

describe('[DET-04] a large download', () => {
  const day = (organizationId: string, actor: AccessRecord['actor'], people: readonly string[]) =>
    people.map((id) =>
      recordOf(organizationId, {
        actor,
        subjects: [{ id, fields: [0, 1] }],
        occurredAt: clock().toISOString(),
      }),
    );
  const alertsOf = (organizationId: string) =>
    stage.database.transaction(organizationId, (tx) =>
      tx.query<{ people: number; policy: string; actor_id: string }>(
        'SELECT people, policy, actor_id FROM access_alert',
      ),
    );
  const mailsAskedFor = (organizationId: string) =>
    stage.database.infrastructure('test', (tx) =>
      tx.query<{ payload: object }>(
        `SELECT payload FROM outbox WHERE organization_id = $1 AND name = 'alert.raised'`,
        [organizationId],
      ),
    );

  it('is noticed once when a front desk walks through all clients, with the mail and the entry in the same transaction', async () => {
    const organizationId = await testOrganization(stage.database);
    const actor = { kind: 'STAFF' as const, id: randomUUID() };
    const clients = Array.from({ length: 60 }, () => randomUUID());
    for (const id of clients) await post(batchOf(...day(organizationId, actor, [id])));
    expect(await alertsOf(organizationId)).toEqual([
      { people: 31, actor_id: actor.id, policy: 'v1:60min:30people:1000rows' },
    ]);
    const entries = await entriesOf(organizationId);
    expect(entries.map(({ action }) => action)).toEqual(['large_download']);
    expect(entries[0]?.details).toMatchObject({ people: '31', minutes: '60' });
    expect((await mailsAskedFor(organizationId)).map(({ payload }) => payload)).toEqual([
      expect.objectContaining({
        reason: 'large_download',
        parameters: expect.objectContaining({ people: '31', actor: actor.id }),
      }),
    ]);
  });

  it('is not what a normal day looks like: the same people over and over, a few more each hour', async () => {
    const organizationId = await testOrganization(stage.database);
    const actor = { kind: 'STAFF' as const, id: randomUUID() };
    const clients = Array.from({ length: 80 }, () => randomUUID());
    for (let hour = 0; hour < 8; hour += 1) {
      const booked = clients.slice(hour * 10, hour * 10 + 20);
      for (let look = 0; look < 4; look += 1) await post(batchOf(...day(organizationId, actor, booked)));
      clock.advance(61 * 60_000);
    }
    expect(await alertsOf(organizationId)).toEqual([]);
  });

  it('is noticed when two gateways bring its halves at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const organizationId = await testOrganization(stage.database);
      const actor = { kind: 'STAFF' as const, id: randomUUID() };
      const halves = [0, 1].map(() => Array.from({ length: 16 }, () => randomUUID()));
      await Promise.all(halves.map((people) => post(batchOf(...day(organizationId, actor, people)))));
      expect(await alertsOf(organizationId)).toHaveLength(1);
    }
  });

  it('is told again only after the window, and counts rows that name nobody', async () => {
    const organizationId = await testOrganization(stage.database);
    const actor = { kind: 'STAFF' as const, id: randomUUID() };
    const much = () =>
      post(batchOf(recordOf(organizationId, { actor, rows: 1_001, occurredAt: clock().toISOString() })));
    await much();
    await much();
    expect(await alertsOf(organizationId)).toHaveLength(1);
    clock.advance(61 * 60_000);
    await much();
    expect(await alertsOf(organizationId)).toHaveLength(2);
  });

  it('is not a client who reads their own data all day', async () => {
    const organizationId = await testOrganization(stage.database);
    const id = randomUUID();
    const own = () =>
      recordOf(organizationId, { actor: { kind: 'CLIENT', id }, rows: 400, subjects: [{ id, fields: [0] }] });
    await post(batchOf(...Array.from({ length: 20 }, own)));
    expect(await alertsOf(organizationId)).toEqual([]);
  });
});

it('takes a person whose id is of no version of RFC 9562, as imported ones may be: else its whole batch were lost', async () => {
  const organizationId = await testOrganization(stage.database);
  const subjects = [{ id: '00000000-0000-0000-0000-0000000000ff', fields: [0] }];
  expect(await post(batchOf(recordOf(organizationId, { subjects })))).toEqual({ status: 200, stored: 1 });
});

import { randomUUID } from 'node:crypto';
import { testOrganization } from '@kept/testing';
import { storeAccessRecords, type NamedRecord } from './access-records/store-access-records.ts';
import { sequenceEntries } from './audit/sequence-entries.ts';
import { onClientRegistered } from './consent/on-client-registered.ts';
import { onMessageRequested } from './consent/on-message-requested.ts';
import { publishStandardDocuments } from './consent/standard-documents.ts';
import { noteMember } from './training/on-staff-joined.ts';
import { openStage } from './stage-for-tests.ts';
import type { Stage } from './stage-for-tests.ts';

// The hole this keeps closed: a query that forgot its organization shows or changes another one's rows.
let stage: Stage;
let victim: string;
let attacker: string;
const now = new Date('2027-03-01T09:00:00Z');

const WALLED = [
  'audit_log',
  'audit_pending',
  'audit_entry',
  'audit_node',
  'audit_checkpoint',
  'audit_opening',
  'policy_document',
  'consent',
  'consent_event',
  'message_decision',
  'known_client',
  'access_record',
  'access_subject',
  'access_alert',
  'training_member',
  'training_attempt',
  'training_waiver',
  'training_record',
];

const accessRecordOf = (organizationId: string, clientId: string): NamedRecord => ({
  id: randomUUID(),
  occurredAt: now.toISOString(),
  organizationId,
  actor: { kind: 'STAFF', id: randomUUID() },
  sessionId: null,
  requestId: randomUUID(),
  operation: { name: null, hash: 'a'.repeat(64), kind: 'query' },
  client: null,
  purposes: [],
  coordinates: ['Client.displayName'],
  rows: 2,
  subjects: [{ id: clientId, fields: [1] }],
  denied: [],
  violations: [],
  emergency: false,
  occurrences: 1,
});

beforeAll(async () => {
  stage = await openStage();
  victim = await testOrganization(stage.database);
  attacker = await testOrganization(stage.database);
  await stage.admit(victim, 3);
  const clientId = randomUUID();
  const event = { id: randomUUID(), organizationId: victim, occurredAt: now, receivedAt: now } as const;
  await stage.database.transaction(victim, async (tx) => {
    await sequenceEntries(tx, { now, signingKey: stage.keys.privateKey, batchSize: 2 });
    await publishStandardDocuments(tx, now);
    await onClientRegistered(tx, {
      ...event,
      name: 'client.registered',
      publisher: 'identity',
      payload: { clientId },
    });
    await onMessageRequested(tx, {
      ...event,
      name: 'message.requested',
      publisher: 'scheduling',
      payload: {
        messageId: randomUUID(),
        recipient: { kind: 'CLIENT', id: clientId },
        template: 'booking-confirmed',
        purpose: 'booking.service',
        basis: 'contract',
        parameters: {},
      },
    });
    const consentId = randomUUID();
    await tx.query(
      `INSERT INTO consent (id, organization_id, client_id, purpose, channel, state, changed_at, ended_at)
       VALUES ($1, $2, $3, 'marketing.news', 'EMAIL', 'WITHDRAWN', $4, $4)`,
      [consentId, victim, clientId, now],
    );
    await tx.query(
      `INSERT INTO consent_event (id, organization_id, consent_id, client_id, purpose, channel, kind, method, actor_kind, occurred_at)
       VALUES (gen_random_uuid(), $1, $2, $3, 'marketing.news', 'EMAIL', 'withdrawn', 'graph', 'CLIENT', $4)`,
      [victim, consentId, clientId, now],
    );
    await noteMember(tx, clientId, now);
    await tx.query(
      `INSERT INTO training_attempt (id, organization_id, staff_member_id, module, version, content_hash, questions,
         started_at, expires_at) VALUES ($1, $2, $1, 'onboarding', 1, $3, 6, $4, $4)`,
      [clientId, victim, 'a'.repeat(64), now],
    );
    await tx.query(
      `INSERT INTO training_waiver (id, organization_id, staff_member_id, module, reason, days, requested_by,
         requested_at, expires_at) VALUES ($1, $2, $1, 'onboarding', 'TRAINED_ELSEWHERE', 1, $1, $3, $3)`,
      [clientId, victim, now],
    );
    await tx.query(
      `INSERT INTO training_record (id, organization_id, staff_member_id, module, version, content_hash, kind,
         attempt_id, recorded_at, valid_until)
       VALUES ($1, $2, $1, 'onboarding', 1, $3, 'PASSED', $1, $4, $4::timestamptz + interval '1 day')`,
      [clientId, victim, 'a'.repeat(64), now],
    );
    await storeAccessRecords(tx, {
      records: [accessRecordOf(victim, clientId)],
      policy: { windowMinutes: 60, peopleMax: 1, rowsMax: 1 },
      now,
    });
  });
});
afterAll(() => stage.drop());

it.each(WALLED)('[compliance A21] shows and gives another organization nothing of %s', async (table) => {
  const count = (organizationId: string) =>
    stage.database.transaction(organizationId, async (tx) => {
      const [row] = await tx.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
      return row?.n ?? -1;
    });
  const before = await count(victim);
  expect(before).toBeGreaterThan(0);
  expect(await count(attacker)).toBe(0);
  for (const sql of [
    `DELETE FROM ${table} WHERE organization_id = '${victim}'`,
    `UPDATE ${table} SET organization_id = '${attacker}' WHERE organization_id = '${victim}'`,
  ])
    // Either nothing is found behind the wall, or the table refuses the kind of statement altogether.
    await stage.database.transaction(attacker, (tx) => tx.query(sql)).catch(() => undefined);
  expect(await count(victim)).toBe(before);
  expect(await count(attacker)).toBe(0);
});

it('[compliance A21] shows nothing at all where no organization is set', async () => {
  for (const table of WALLED)
    expect(await stage.database.infrastructure('test', (tx) => tx.query(`SELECT 1 FROM ${table}`))).toEqual(
      [],
    );
});

it('[compliance A21] refuses rows written for another organization', async () => {
  await expect(
    stage.database.transaction(attacker, (tx) =>
      tx.query('INSERT INTO known_client VALUES (gen_random_uuid(), $1, now(), NULL)', [victim]),
    ),
  ).rejects.toThrow('row-level security');
});

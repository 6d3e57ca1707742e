import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { openKeyring } from '@kept/field-encryption';
import { callerOf, fixedClock, testOrganization } from '@kept/testing';
import { sequenceEntries } from '../audit/sequence-entries.ts';
import { readNewestOf } from '../audit/read-entries.ts';
import { verifyLog } from '../audit/verify-log.ts';
import { changeConsent } from '../consent/change-consent.ts';
import { currentDocument } from '../consent/read-documents.ts';
import { publishStandardDocuments } from '../consent/standard-documents.ts';
import { openStage } from '../stage-for-tests.ts';
import type { Stage } from '../stage-for-tests.ts';
import { RETENTION_PURGED, purgeOwnData } from './purge-expired.job.ts';

let stage: Stage;
const clock = fixedClock('2027-03-01T09:00:00Z');
const keyring = openKeyring({ service: 'compliance', rootKey: randomBytes(32), clock });
beforeEach(async () => {
  stage = await openStage();
  clock.set('2027-03-01T09:00:00Z');
});
afterEach(() => stage.drop());

const purge = () => purgeOwnData({ database: stage.database, keyring, clock });

async function count(tx: Transaction, table: string): Promise<number> {
  const [row] = await tx.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return row?.n ?? -1;
}

const sequence = (organizationId: string) =>
  stage.database.transaction(organizationId, (tx) =>
    sequenceEntries(tx, { now: clock(), signingKey: stage.keys.privateKey }),
  );

async function consentOf(organizationId: string, answers: readonly ('yes' | 'no')[]): Promise<void> {
  const clientId = randomUUID();
  await stage.database.transaction(organizationId, async (tx) => {
    await publishStandardDocuments(tx, clock());
    for (const answer of answers)
      await changeConsent(tx, {
        caller: callerOf({ kind: 'CLIENT', accountId: clientId, organizationId }),
        clientId,
        purpose: 'marketing.news',
        channel: 'EMAIL',
        document:
          answer === 'yes' ? await currentDocument(tx, { purpose: 'marketing.news', language: 'en' }) : null,
        now: clock(),
      });
  });
}

it('[DAT-06] removes a withdrawn consent with its whole history after three years, keeps given ones, and proves it', async () => {
  const organizationId = await testOrganization(stage.database);
  await consentOf(organizationId, ['yes', 'no']);
  await consentOf(organizationId, ['yes', 'no', 'yes']);
  const left = () =>
    stage.database.transaction(organizationId, async (tx) => [
      await count(tx, 'consent'),
      await count(tx, 'consent_event'),
    ]);
  clock.set('2030-03-01T08:59:59Z');
  expect(await purge()).toMatchObject({ removed: 0, finished: true });
  clock.set('2030-03-01T09:00:00Z');
  expect(await purge()).toMatchObject({ removed: 1, finished: true });
  expect(await left()).toEqual([1, 3]);
  expect(await purge()).toMatchObject({ removed: 0 });
  await sequence(organizationId);
  const evidence = await stage.database.transaction(organizationId, (tx) =>
    readNewestOf(tx, { action: RETENTION_PURGED, limit: 10 }),
  );
  expect(
    evidence.map(({ details }) => Object.fromEntries(details.map(({ name, value }) => [name, value]))),
  ).toEqual([expect.objectContaining({ table: 'consent', rule: 'ended consents', count: '1' })]);
});

it('[LAW-53] keeps who did what for the twelve months that PCI DSS asks for, and five years more', async () => {
  const organizationId = await testOrganization(stage.database);
  await stage.admit(organizationId, 3);
  await sequence(organizationId);
  const recordedAt = clock();
  for (const years of [1, 5]) {
    clock.set(new Date(recordedAt.getTime() + years * 366 * 24 * 3_600_000).toISOString());
    await purge();
    const people = await stage.database.transaction(organizationId, (tx) => count(tx, 'audit_opening'));
    expect({ years, people }).toEqual({ years, people: 3 });
  }
});

it('[DAT-06] forgets who stood in audit entries after six years, and every proof stays true', async () => {
  const organizationId = await testOrganization(stage.database);
  await stage.admit(organizationId, 12);
  await sequence(organizationId);
  clock.set('2033-03-01T09:00:00Z');
  expect(await purge()).toMatchObject({ removed: 12 });
  await sequence(organizationId);
  const report = await stage.database.transaction(organizationId, (tx) =>
    verifyLog(tx, { publicKey: stage.keys.publicKey }),
  );
  // Twelve entries, and the one that is the evidence.
  expect(report).toMatchObject({ size: 13, fault: null });
  const people = await stage.database.transaction(organizationId, (tx) => count(tx, 'audit_opening'));
  expect(people).toBe(1);
});

it('[DAT-06] leaves what is held, whoever asks', async () => {
  const organizationId = await testOrganization(stage.database);
  await consentOf(organizationId, ['yes', 'no']);
  clock.set('2030-03-02T09:00:00Z');
  await stage.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO legal_hold (id, organization_id, matter, subject_id, placed_at)
       SELECT gen_random_uuid(), $1, 'case 7', client_id, $2 FROM consent`,
      [organizationId, clock()],
    ),
  );
  expect(await purge()).toMatchObject({ removed: 0, held: 1, finished: true });
});

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { databaseMigrations } from '@kept/database';
import { eventsMigrations, publish, startInbox, startRelay, type EventPayload } from '@kept/events';
import { openKeyring } from '@kept/field-encryption';
import { openCarrier } from '@kept/jobs';
import { openLifetime, openLog } from '@kept/subgraph-kit';
import { callerOf, eventually, testOrganization, throwAwayDatabase } from '@kept/testing';
import { latestCheckpoint } from './audit/prove-entry.ts';
import { verifyLog } from './audit/verify-log.ts';
import { changeConsent } from './consent/change-consent.ts';
import { currentDocument } from './consent/read-documents.ts';
import { publishStandardDocuments } from './consent/standard-documents.ts';
import { openStage } from './stage-for-tests.ts';
import type { Stage } from './stage-for-tests.ts';
import { startWorkers } from './start-workers.ts';

// Scheduling here is its database, its key and the real transport; only its use cases are missing.
type Scheduling = Awaited<ReturnType<typeof openScheduling>>;
let stage: Stage;
let scheduling: Scheduling;
const clock = () => new Date();
const log = openLog({ service: 'compliance', level: 'silent' });
const lifetime = openLifetime(log);
const schedulingKeys = generateKeyPairSync('ed25519');

async function openScheduling(trusted: { compliance: Stage['keys']['publicKey'] }, postgresUrl: string) {
  const { database, drop } = await throwAwayDatabase({
    service: 'scheduling',
    migrations: [databaseMigrations, eventsMigrations],
    entities: [],
  });
  const carrier = openCarrier({ service: 'scheduling', postgresUrl, log });
  const decided: EventPayload<'message.decided'>[] = [];
  const changed: EventPayload<'consent.changed'>[] = [];
  const messaging = {
    database,
    carrier,
    service: 'scheduling',
    signingKey: schedulingKeys.privateKey,
    trustedKeys: { ...trusted, scheduling: schedulingKeys.publicKey },
    clock,
    log,
  } as const;
  const relay = startRelay({ ...messaging, pollMs: 100, redeliverAfterMs: 1_000 });
  const inbox = startInbox({
    ...messaging,
    handlers: {
      'message.decided': (_tx, { payload }) => Promise.resolve(void decided.push(payload)),
      'consent.changed': (_tx, { payload }) => Promise.resolve(void changed.push(payload)),
    },
  });
  lifetime.onStop('scheduling', async () => {
    await Promise.all([relay.stop(), inbox.stop()]);
    await carrier.close();
    await drop();
  });
  return { database, decided, changed };
}

beforeAll(async () => {
  stage = await openStage();
  lifetime.onStop('stage', () => stage.drop());
  scheduling = await openScheduling({ compliance: stage.keys.publicKey }, stage.queueUrl);
  const carrier = openCarrier({ service: 'compliance', postgresUrl: stage.queueUrl, log });
  lifetime.onStop('carrier', () => carrier.close());
  await startWorkers({
    database: stage.database,
    carrier,
    keyring: openKeyring({ service: 'compliance', rootKey: randomBytes(32), clock }),
    signingKey: stage.keys.privateKey,
    trustedKeys: { scheduling: schedulingKeys.publicKey, compliance: stage.keys.publicKey },
    sweepMs: 200,
    clock,
    log,
    lifetime,
  });
});
afterAll(() => lifetime.stop());

const openOrganization = async () => {
  const organizationId = await testOrganization(stage.database);
  await scheduling.database.infrastructure('test', (tx) =>
    tx.query('INSERT INTO organization (id) VALUES ($1)', [organizationId]),
  );
  return organizationId;
};

it('[CON-14] answers every request over the queues by the consent of that moment, not of when it was planned', async () => {
  const organizationId = await openOrganization();
  const clientId = randomUUID();
  const say = (answer: 'yes' | 'no') =>
    stage.database.transaction(organizationId, async (tx) => {
      await publishStandardDocuments(tx, clock());
      const document = await currentDocument(tx, { purpose: 'booking.reminder', language: 'en' });
      await changeConsent(tx, {
        caller: callerOf({ kind: 'CLIENT', accountId: clientId, organizationId }),
        clientId,
        purpose: 'booking.reminder',
        channel: 'EMAIL',
        document: answer === 'yes' ? document : null,
        now: clock(),
      });
    });
  const remind = async () => {
    const messageId = randomUUID();
    await scheduling.database.transaction(organizationId, (tx) =>
      publish(tx, 'message.requested', {
        messageId,
        recipient: { kind: 'CLIENT', id: clientId },
        template: 'booking-reminder',
        purpose: 'booking.reminder',
        basis: 'consent',
        parameters: {},
      }),
    );
    return eventually(() => scheduling.decided.find((payload) => payload.messageId === messageId), {
      withinMs: 20_000,
    });
  };
  await say('yes');
  expect(await remind()).toMatchObject({ allowed: true, reason: 'CONSENT_GIVEN' });
  await say('no');
  expect(await remind()).toMatchObject({ allowed: false, reason: 'CONSENT_WITHDRAWN' });
  await eventually(
    () =>
      scheduling.changed
        .filter((payload) => payload.clientId === clientId)
        .map(({ state }) => state)
        .includes('WITHDRAWN'),
    { withinMs: 20_000 },
  );
});

it('[LOG-07] sequences what services record, and signs it', async () => {
  const organizationId = await openOrganization();
  const bookingId = randomUUID();
  await scheduling.database.transaction(organizationId, async (tx) => {
    for (const action of ['booking_confirmed', 'booking_cancelled'])
      await publish(tx, 'audit.recorded', {
        action,
        actor: { kind: 'CLIENT', id: randomUUID() },
        subject: { type: 'Booking', id: bookingId },
        occurredAt: '2027-03-01T08:59:59.123456Z',
        requestId: 'request-1',
        outcome: 'success',
        details: {},
      });
  });
  await eventually(
    async () => (await stage.database.transaction(organizationId, latestCheckpoint))?.size === 2,
    { withinMs: 20_000 },
  );
  const report = await stage.database.transaction(organizationId, (tx) =>
    verifyLog(tx, { publicKey: stage.keys.publicKey }),
  );
  expect(report).toMatchObject({ size: 2, fault: null });
});

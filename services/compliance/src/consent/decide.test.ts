import { randomUUID } from 'node:crypto';
import type { EventPayload } from '@kept/events';
import { callerOf, fixedClock, testOrganization } from '@kept/testing';
import { openStage } from '../stage-for-tests.ts';
import type { Stage } from '../stage-for-tests.ts';
import { changeConsent } from './change-consent.ts';
import { decide } from './decide.ts';
import type { Question } from './decide.ts';
import { onMessageRequested } from './on-message-requested.ts';
import { onMessageSent } from './on-message-sent.ts';
import { publishDocument } from './publish-document.ts';
import { currentDocument } from './read-documents.ts';
import { publishStandardDocuments } from './standard-documents.ts';

let stage: Stage;
let organizationId: string;
const clock = fixedClock('2027-03-01T09:00:00Z');
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.drop());
beforeEach(async () => {
  organizationId = await testOrganization(stage.database);
  await stage.database.transaction(organizationId, (tx) => publishStandardDocuments(tx, clock()));
});

const REMINDER = 'booking.reminder';

/** The client answers the question about reminders. */
async function says(clientId: string, answer: 'yes' | 'no'): Promise<string> {
  const caller = callerOf({ kind: 'CLIENT', accountId: clientId, organizationId });
  const { receiptId } = await stage.database.transaction(organizationId, async (tx) =>
    changeConsent(tx, {
      caller,
      clientId,
      purpose: REMINDER,
      channel: 'EMAIL',
      document: answer === 'yes' ? await currentDocument(tx, { purpose: REMINDER, language: 'en' }) : null,
      now: clock(),
    }),
  );
  return receiptId;
}

const ask = (clientId: string, more: Partial<Question> = {}) =>
  stage.database.transaction(organizationId, (tx) =>
    decide(tx, {
      recipient: { kind: 'CLIENT', id: clientId },
      purpose: REMINDER,
      channel: 'EMAIL',
      basis: 'consent',
      at: clock(),
      ...more,
    }),
  );

/** Asks for a message as scheduling does; answers what is told to those who send. */
async function request(payload: Partial<EventPayload<'message.requested'>>) {
  const messageId = payload.messageId ?? randomUUID();
  await stage.database.transaction(organizationId, (tx) =>
    onMessageRequested(tx, {
      id: randomUUID(),
      name: 'message.requested',
      publisher: 'scheduling',
      organizationId,
      occurredAt: clock(),
      receivedAt: clock(),
      payload: {
        messageId,
        recipient: { kind: 'CLIENT', id: randomUUID() },
        template: 'booking-reminder',
        purpose: REMINDER,
        basis: 'consent',
        parameters: { serviceName: 'Consultation' },
        ...payload,
      },
    }),
  );
  const told = await stage.database.infrastructure('test', (tx) =>
    tx.query<{ payload: EventPayload<'message.decided'> }>(
      `SELECT payload FROM outbox WHERE name = 'message.decided' AND payload ->> 'messageId' = $1`,
      [messageId],
    ),
  );
  return told.map((row) => row.payload);
}

it('[CON-14] refuses a message that is asked for after the consent was withdrawn, and says why', async () => {
  const clientId = randomUUID();
  const recipient = { kind: 'CLIENT' as const, id: clientId };
  await says(clientId, 'yes');
  const [before] = await request({ recipient });
  expect(before).toMatchObject({ allowed: true, reason: 'CONSENT_GIVEN', template: 'booking-reminder' });
  clock.advance(1);
  await says(clientId, 'no');
  const [after] = await request({ recipient });
  expect(after).toMatchObject({ allowed: false, reason: 'CONSENT_WITHDRAWN', recipient });
  const decisions = await stage.database.transaction(organizationId, (tx) =>
    tx.query('SELECT id, allowed, reason FROM message_decision WHERE recipient_id = $1 ORDER BY decided_at', [
      clientId,
    ]),
  );
  expect(decisions).toEqual([
    { id: before?.receiptId, allowed: true, reason: 'CONSENT_GIVEN' },
    { id: after?.receiptId, allowed: false, reason: 'CONSENT_WITHDRAWN' },
  ]);
});

it('decides by the last word of the client, with its receipt', async () => {
  const clientId = randomUUID();
  expect(await ask(clientId)).toEqual({
    allowed: false,
    reason: 'CONSENT_NEVER_GIVEN',
    consentEventId: null,
  });
  const given = await says(clientId, 'yes');
  expect(await ask(clientId)).toEqual({ allowed: true, reason: 'CONSENT_GIVEN', consentEventId: given });
  clock.advance(1000);
  const withdrawn = await says(clientId, 'no');
  expect(await ask(clientId)).toEqual({
    allowed: false,
    reason: 'CONSENT_WITHDRAWN',
    consentEventId: withdrawn,
  });
  clock.advance(1000);
  const again = await says(clientId, 'yes');
  expect(await ask(clientId)).toMatchObject({ allowed: true, consentEventId: again });
});

it('takes the later of two answers given within one millisecond', async () => {
  const clientId = randomUUID();
  await says(clientId, 'yes');
  await says(clientId, 'no');
  expect(await ask(clientId)).toMatchObject({ allowed: false, reason: 'CONSENT_WITHDRAWN' });
});

it('obeys a withdrawal also when the clock was set back after it', async () => {
  const clientId = randomUUID();
  const recipient = { kind: 'CLIENT' as const, id: clientId };
  await says(clientId, 'yes');
  clock.advance(600_000);
  await says(clientId, 'no');
  clock.advance(-300_000);
  const [told] = await request({ recipient });
  expect(told).toMatchObject({ allowed: false, reason: 'CONSENT_WITHDRAWN' });
  clock.advance(300_000);
});

it('asks again after a major version, and not after a minor one or a translation', async () => {
  const clientId = randomUUID();
  await says(clientId, 'yes');
  const publish = (level: 'MAJOR' | 'MINOR', language: string) =>
    stage.database.transaction(organizationId, (tx) =>
      publishDocument(
        tx,
        { purpose: REMINDER, language, title: 'Reminders', text: `${level} ${language}` },
        { level, now: clock() },
      ),
    );
  expect((await publish('MINOR', 'en')).version).toBe('1.1');
  expect((await publish('MINOR', 'de')).version).toBe('1.0');
  expect(await ask(clientId)).toMatchObject({ allowed: true });
  expect((await publish('MAJOR', 'en')).version).toBe('2.0');
  expect(await ask(clientId)).toMatchObject({ allowed: false, reason: 'CONSENT_OUTDATED' });
  await says(clientId, 'yes');
  expect(await ask(clientId)).toMatchObject({ allowed: true });
  const german = await stage.database.transaction(organizationId, (tx) =>
    currentDocument(tx, { purpose: REMINDER, language: 'de' }),
  );
  expect(german?.version).toBe('2.0');
  expect(german?.language).toBe('en');
});

it.each<[string, Partial<Question>, object]>([
  [
    'lets a booking’s own message go',
    { purpose: 'booking.service', basis: 'contract' },
    { allowed: true, reason: 'CONTRACT' },
  ],
  [
    'lets staff be told of bookings',
    { purpose: 'booking.service', basis: 'contract', recipient: { kind: 'STAFF', id: randomUUID() } },
    { allowed: true, reason: 'CONTRACT' },
  ],
  [
    'refuses advertising that calls itself a contract',
    { purpose: 'marketing.news', basis: 'contract' },
    { allowed: false, reason: 'BASIS_MISMATCH' },
  ],
  ['refuses a purpose nobody registered', { purpose: 'fun' }, { allowed: false, reason: 'PURPOSE_UNKNOWN' }],
  [
    'refuses a channel the purpose does not use',
    { channel: 'SMS' },
    { allowed: false, reason: 'CHANNEL_UNKNOWN' },
  ],
  [
    'refuses to ask staff for consent',
    { recipient: { kind: 'STAFF', id: randomUUID() } },
    { allowed: false, reason: 'NOT_A_CLIENT' },
  ],
  [
    'refuses what comes too late to be of use',
    { purpose: 'booking.service', basis: 'contract', notAfter: new Date('2026-01-01T00:00:00Z') },
    { allowed: false, reason: 'TOO_LATE' },
  ],
])('%s', async (_what, question, decision) => {
  expect(await ask(randomUUID(), question)).toMatchObject(decision);
});

it('refuses everything to somebody who was erased, also what a contract would allow', async () => {
  const clientId = randomUUID();
  await says(clientId, 'yes');
  await stage.database.transaction(organizationId, (tx) =>
    tx.query('INSERT INTO known_client VALUES ($1, $2, $3, $3)', [clientId, organizationId, clock()]),
  );
  for (const question of [{}, { purpose: 'booking.service', basis: 'contract' as const }])
    expect(await ask(clientId, question)).toMatchObject({ allowed: false, reason: 'SUBJECT_ERASED' });
});

it('decides on a message once, however often it is asked for, and notes when it was sent', async () => {
  const clientId = randomUUID();
  await says(clientId, 'yes');
  const messageId = randomUUID();
  const recipient = { kind: 'CLIENT' as const, id: clientId };
  await request({ messageId, recipient });
  expect(await request({ messageId, recipient })).toHaveLength(1);
  await stage.database.transaction(organizationId, (tx) =>
    onMessageSent(tx, {
      id: randomUUID(),
      name: 'message.sent',
      publisher: 'identity',
      organizationId,
      occurredAt: clock(),
      receivedAt: clock(),
      payload: { messageId, template: 'booking-reminder', sentAt: clock().toISOString() },
    }),
  );
  const [row] = await stage.database.transaction(organizationId, (tx) =>
    tx.query<{ sent_at: Date }>('SELECT sent_at FROM message_decision WHERE message_id = $1', [messageId]),
  );
  expect(row?.sent_at).toEqual(clock());
});

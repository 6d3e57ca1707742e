import { openLog, readSdl, startSubgraph } from '@kept/subgraph-kit';
import { callerOf, requestSubgraph, testOrganization, testPassportKey } from '@kept/testing';
import { openContext } from '../open-context.ts';
import { resolvers } from '../resolvers.ts';
import { openStage, type Stage } from '../stage-for-tests.ts';
import { consentRelations, consentVerbs } from './consent.policy.ts';
import { decide } from './decide.ts';
import { honourPrivacySignal } from './honour-privacy-signal.ts';
import { publishDocument } from './publish-document.ts';
import { publishStandardDocuments } from './standard-documents.ts';

let stage: Stage;
let server: { url: string; stop(): Promise<void> };
let organizationId: string;
const clock = () => new Date('2027-03-01T09:00:00Z');
const log = openLog({ service: 'compliance', level: 'silent' });
const SHARING = { purpose: 'marketing.sharing', channel: 'ANY' };

beforeAll(async () => {
  stage = await openStage();
  server = await startSubgraph({
    service: 'compliance',
    typeDefs: readSdl(`${import.meta.dirname}/..`),
    resolvers,
    relations: consentRelations,
    verbs: consentVerbs,
    context: openContext({ database: stage.database, publicKey: stage.keys.publicKey }),
    ready: () => stage.database.ready(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('compliance')],
    clock: () => new Date(),
    log,
  });
});
afterAll(async () => {
  await server.stop();
  await stage.drop();
});
beforeEach(async () => {
  organizationId = await testOrganization(stage.database);
  await stage.database.transaction(organizationId, async (tx) => {
    await publishStandardDocuments(tx, clock());
    const words = {
      purpose: SHARING.purpose,
      language: 'en',
      title: 'Sharing',
      text: 'We share with partners.',
    };
    await publishDocument(tx, words, { level: 'MAJOR', now: clock() });
  });
});

type Caller = ReturnType<typeof callerOf>;
const client = (more: Partial<Caller> = {}) => callerOf({ kind: 'CLIENT', organizationId, ...more });
const saying = (caller: Caller, globalPrivacyControl = true): Caller => ({ ...caller, globalPrivacyControl });
const ask = (caller: Caller, query: string, variables = {}) =>
  requestSubgraph({ url: server.url, service: 'compliance', caller, query, variables });
const maySell = (caller: Caller) =>
  stage.database.transaction(organizationId, (tx) =>
    decide(tx, {
      recipient: { kind: 'CLIENT', id: caller.accountId ?? '' },
      ...SHARING,
      basis: 'opt-out',
      at: clock(),
    }),
  );
const eventsOf = (caller: Caller) =>
  stage.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string; kind: string }>(
      `SELECT id, kind, method, purpose, channel, request_id FROM consent_event
       WHERE organization_id = $1 AND client_id = $2 ORDER BY position`,
      [organizationId, caller.accountId],
    ),
  );

it('[LAW-47] a browser that forbids sharing is heard with the first request, and nobody is asked anything', async () => {
  const caller = client();
  expect(await maySell(caller)).toMatchObject({ allowed: true, reason: 'NOT_OBJECTED' });
  const { data } = await ask(saying(caller), '{ consents { purpose channel state } }');
  expect(data).toEqual({ consents: [{ ...SHARING, state: 'WITHDRAWN' }] });
  expect(await maySell(caller)).toMatchObject({ allowed: false, reason: 'OBJECTED' });
});

it('[LAW-47] it is written down once, however often and however fast the browser says it, and can be proven', async () => {
  const caller = saying(client());
  await Promise.all(Array.from({ length: 8 }, () => ask(caller, '{ __typename }')));
  // Another process remembers nothing of this.
  const honoured = new Set<string>();
  await honourPrivacySignal({ caller, database: stage.database, clock, log }, honoured);
  expect(honoured.size).toBe(1);
  const events = await eventsOf(caller);
  expect(events).toEqual([
    { id: expect.any(String), kind: 'gpc', method: 'sec-gpc', ...SHARING, request_id: caller.requestId },
  ]);
  const decision = await maySell(caller);
  expect(decision.consentEventId).toBe(events[0]?.id);
  const entries = await stage.database.transaction(organizationId, (tx) =>
    tx.query<{ payload: string }>(
      `SELECT entry::text AS payload FROM audit_pending WHERE organization_id = $1`,
      [organizationId],
    ),
  );
  expect(entries.filter(({ payload }) => payload.includes('"gpc"'))).toHaveLength(1);
});

it('[LAW-47] nothing but sharing is touched: reminders that were agreed to still come', async () => {
  const caller = client();
  const hash = await ask(caller, '{ policyDocument(purpose: "booking.reminder") { hash } }');
  const documentHash = (hash.data as { policyDocument: { hash: string } }).policyDocument.hash;
  await give(caller, { purpose: 'booking.reminder', channel: 'EMAIL', documentHash });
  await ask(saying(caller), '{ __typename }');
  const { data } = await ask(caller, '{ consents { purpose state } }');
  expect(data).toEqual({
    consents: [
      { purpose: 'booking.reminder', state: 'GIVEN' },
      { purpose: SHARING.purpose, state: 'WITHDRAWN' },
    ],
  });
});

it('[LAW-47] it overrules a consent from before, and who agrees afterwards, knowing it, is taken at that word', async () => {
  const caller = client();
  const hash = await ask(caller, '{ policyDocument(purpose: "marketing.sharing") { hash needsConsent } }');
  const { policyDocument } = hash.data as { policyDocument: { hash: string; needsConsent: boolean } };
  expect(policyDocument.needsConsent).toBe(true);
  await give(caller, { ...SHARING, documentHash: policyDocument.hash });
  expect((await maySell(caller)).allowed).toBe(true);
  await ask(saying(caller), '{ __typename }');
  expect((await maySell(caller)).allowed).toBe(false);
  await give(saying(caller), { ...SHARING, documentHash: policyDocument.hash });
  await ask(saying(caller), '{ __typename }');
  expect((await maySell(caller)).allowed).toBe(true);
  expect((await eventsOf(caller)).map(({ kind }) => kind)).toEqual(['given', 'gpc', 'given']);
});

it('[LAW-47] nobody objects for another: not without signing in, not as staff, not without the signal', async () => {
  for (const caller of [
    saying(callerOf({ kind: 'ANONYMOUS', organizationId })),
    saying(callerOf({ kind: 'STAFF', roles: ['MANAGER'], organizationId })),
    saying(client(), false),
  ])
    await ask(caller, '{ __typename }');
  const rows = await stage.database.transaction(organizationId, (tx) =>
    tx.query('SELECT 1 FROM consent_event WHERE organization_id = $1', [organizationId]),
  );
  expect(rows).toEqual([]);
});

it('[LAW-47] what could not be written down hurts no answer, and is tried again', async () => {
  const caller = saying(client());
  const honoured = new Set<string>();
  const failing = Object.assign(Object.create(stage.database) as typeof stage.database, {
    transaction: () => Promise.reject(new Error('the database is away')),
  });
  await honourPrivacySignal({ caller, database: failing, clock, log }, honoured);
  expect(await eventsOf(caller)).toEqual([]);
  await honourPrivacySignal({ caller, database: stage.database, clock, log }, honoured);
  expect(await eventsOf(caller)).toHaveLength(1);
});

it('what was never announced is not shared, and a contract or a consent is no excuse', async () => {
  const silent = await testOrganization(stage.database);
  const decided = (basis: 'contract' | 'consent' | 'opt-out') =>
    stage.database.transaction(silent, (tx) =>
      decide(tx, {
        recipient: { kind: 'CLIENT', id: client().accountId ?? '' },
        ...SHARING,
        basis,
        at: clock(),
      }),
    );
  expect((await decided('opt-out')).reason).toBe('NOT_ANNOUNCED');
  expect((await decided('consent')).reason).toBe('NOT_ANNOUNCED');
  expect((await decided('contract')).reason).toBe('BASIS_MISMATCH');
});

async function give(
  caller: Caller,
  input: { purpose: string; channel: string; documentHash: string },
): Promise<void> {
  const { data } = await ask(
    caller,
    'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { __typename } }',
    { input: { ...input, idempotencyKey: crypto.randomUUID() } },
  );
  expect(data).toEqual({ giveConsent: { __typename: 'ConsentRecorded' } });
}

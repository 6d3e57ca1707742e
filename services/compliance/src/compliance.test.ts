import { randomUUID } from 'node:crypto';
import { openLog, readSdl, startSubgraph } from '@kept/subgraph-kit';
import { callerOf, requestSubgraph, testOrganization, testPassportKey } from '@kept/testing';
import { sequenceAll } from './audit/sequence-entries.job.ts';
import { consentRelations } from './consent/consent.policy.ts';
import { publishStandardDocuments } from './consent/standard-documents.ts';
import { complianceVerbs } from './verbs.ts';
import { resolvers } from './resolvers.ts';
import { openStage } from './stage-for-tests.ts';
import type { Stage } from './stage-for-tests.ts';

let stage: Stage;
let server: { url: string; stop(): Promise<void> };
let organizationId: string;
const clock = () => new Date();

beforeAll(async () => {
  stage = await openStage();
  server = await startSubgraph({
    service: 'compliance',
    typeDefs: readSdl(import.meta.dirname),
    resolvers,
    relations: consentRelations,
    verbs: complianceVerbs,
    context: (request) => ({ ...request, database: stage.database, publicKey: stage.keys.publicKey }),
    ready: () => stage.database.ready(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('compliance')],
    clock,
    log: openLog({ service: 'compliance', level: 'silent' }),
  });
  organizationId = await testOrganization(stage.database);
  await stage.database.transaction(organizationId, (tx) => publishStandardDocuments(tx, clock()));
});
afterAll(async () => {
  await server.stop();
  await stage.drop();
});

const client = () => callerOf({ kind: 'CLIENT', organizationId });
const officer = () => callerOf({ kind: 'STAFF', roles: ['COMPLIANCE'], organizationId });
const ask = (caller: ReturnType<typeof client>, query: string, variables = {}) =>
  requestSubgraph({ url: server.url, service: 'compliance', caller, query, variables });

const DOCUMENT = '{ policyDocument(purpose: "booking.reminder") { hash version needsConsent title text } }';
const GIVE = `mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { __typename
  ... on ConsentRecorded { receiptId consent { purpose channel state documentHash } }
  ... on DocumentOutdated { message current { hash } } ... on IdempotencyConflict { message } } }`;
const WITHDRAW = `mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { __typename
  ... on ConsentRecorded { receiptId consent { state } } ... on IdempotencyConflict { message } } }`;

async function currentHash(): Promise<string> {
  const { data } = await ask(client(), DOCUMENT);
  return (data as { policyDocument: { hash: string } }).policyDocument.hash;
}

it('[CON-14] gives and withdraws consent in one call each, and answers a repetition with the same receipt', async () => {
  const caller = client();
  const place = { purpose: 'booking.reminder', channel: 'EMAIL' };
  const give = { ...place, documentHash: await currentHash(), idempotencyKey: randomUUID() };
  const given = await ask(caller, GIVE, { input: give });
  expect(given).toMatchObject({
    errors: [],
    data: { giveConsent: { __typename: 'ConsentRecorded', consent: { ...place, state: 'GIVEN' } } },
  });
  expect((await ask(caller, GIVE, { input: give })).data).toEqual(given.data);
  const conflict = await ask(caller, GIVE, { input: { ...give, purpose: 'marketing.news' } });
  expect(conflict.data).toMatchObject({ giveConsent: { __typename: 'IdempotencyConflict' } });
  const withdrawn = await ask(caller, WITHDRAW, { input: { ...place, idempotencyKey: randomUUID() } });
  expect(withdrawn.data).toMatchObject({ withdrawConsent: { consent: { state: 'WITHDRAWN' } } });
  const { data } = await ask(caller, '{ consents { purpose state } }');
  expect(data).toEqual({ consents: [{ purpose: 'booking.reminder', state: 'WITHDRAWN' }] });
  expect((await ask(client(), '{ consents { purpose } }')).data).toEqual({ consents: [] });
});

it('does not let anybody agree to words that were not shown', async () => {
  const input = { purpose: 'booking.reminder', channel: 'EMAIL', idempotencyKey: randomUUID() };
  const hash = await currentHash();
  const { data } = await ask(client(), GIVE, { input: { ...input, documentHash: 'f'.repeat(64) } });
  expect(data).toMatchObject({ giveConsent: { __typename: 'DocumentOutdated', current: { hash } } });
});

it.each([
  ['booking.service', 'BAD_INPUT', 'This is part of your booking and needs no consent.'],
  ['nothing.such', 'BAD_INPUT', 'There is no such purpose.'],
])('refuses consent for %s with a sentence', async (purpose, code, message) => {
  const input = { purpose, channel: 'EMAIL', documentHash: 'x', idempotencyKey: randomUUID() };
  const { errors } = await ask(client(), GIVE, { input });
  expect(errors).toMatchObject([{ message, extensions: { code } }]);
});

it('refuses consent by staff and by strangers, and malformed input', async () => {
  const input = {
    purpose: 'booking.reminder',
    channel: 'EMAIL',
    documentHash: 'x',
    idempotencyKey: randomUUID(),
  };
  for (const caller of [officer(), callerOf({ kind: 'ANONYMOUS', organizationId })])
    expect((await ask(caller, GIVE, { input })).data ?? null).toBeNull();
  for (const changed of [{ channel: 'PIGEON' }, { idempotencyKey: 'again' }, { purpose: null }])
    expect((await ask(client(), GIVE, { input: { ...input, ...changed } })).errors.length).toBe(1);
});

it('shows the texts and the checkpoint to everybody, once it is said whose', async () => {
  const anybody = callerOf({ kind: 'ANONYMOUS', organizationId });
  expect((await ask(anybody, DOCUMENT)).data).toMatchObject({
    policyDocument: { version: '1.0', needsConsent: true },
  });
  const { errors } = await ask(callerOf({ kind: 'ANONYMOUS', organizationId: null }), DOCUMENT);
  expect(errors[0]?.extensions?.code).toBe('BAD_INPUT');
  const other = callerOf({ kind: 'ANONYMOUS', organizationId: await testOrganization(stage.database) });
  expect((await ask(other, DOCUMENT)).data).toEqual({ policyDocument: null });
});

it('lets compliance read the log page by page and prove an entry, and nobody else', async () => {
  await stage.admit(organizationId, 5);
  await sequenceAll({
    database: stage.database,
    signingKey: stage.keys.privateKey,
    clock,
    checkpointEveryMs: 0,
  });
  const page =
    'query ($after: String) { auditEntries(first: 3, after: $after) { endCursor entries { id sequence action actorId details { name value } } } }';
  interface Page {
    auditEntries: { endCursor: string | null; entries: { id: string; sequence: number; actorId: string }[] };
  }
  const first = (await ask(officer(), page)).data as unknown as Page;
  const second = (await ask(officer(), page, { after: first.auditEntries.endCursor }))
    .data as unknown as Page;
  const sequences = [...first.auditEntries.entries, ...second.auditEntries.entries].map(
    ({ sequence }) => sequence,
  );
  expect(sequences).toEqual(sequences.map((_, index) => index));
  const entryId = first.auditEntries.entries[1]?.id;
  const proof = await ask(
    officer(),
    'query ($id: ID!) { inclusionProof(entryId: $id) { sequence file checkpoint { treeSize note verifierKey origin } } }',
    { id: entryId },
  );
  expect(proof.data).toMatchObject({
    inclusionProof: { sequence: 1, checkpoint: { origin: `kept.example/audit/${organizationId}` } },
  });
  for (const id of [randomUUID(), 'nonsense'])
    expect(
      (await ask(officer(), 'query ($id: ID!) { inclusionProof(entryId: $id) { sequence } }', { id })).data,
    ).toEqual({
      inclusionProof: null,
    });
  for (const caller of [client(), callerOf({ kind: 'STAFF', roles: ['MANAGER'], organizationId })])
    expect((await ask(caller, '{ auditEntries { endCursor } }')).data?.['auditEntries'] ?? null).toBeNull();
  expect(
    (await ask(officer(), '{ auditEntries(first: 100000) { endCursor } }')).errors[0]?.extensions?.code,
  ).toBe('BAD_INPUT');
});

it('[ACC-07] lists what vendors did by itself, and what one account did', async () => {
  const vendor = randomUUID();
  await stage.admit(organizationId, 2);
  const [done] = await stage.admit(organizationId, 1, { actor: { kind: 'VENDOR', id: vendor } });
  await sequenceAll({
    database: stage.database,
    signingKey: stage.keys.privateKey,
    clock,
    checkpointEveryMs: 0,
  });
  const list =
    'query ($kind: String, $id: ID) { auditEntries(actorKind: $kind, actorId: $id) { entries { id actorKind actorId } } }';
  const vendorsAlone = [{ id: done, actorKind: 'VENDOR', actorId: vendor }];
  for (const filter of [{ kind: 'VENDOR' }, { id: vendor }, { kind: 'VENDOR', id: vendor }])
    expect((await ask(officer(), list, filter)).data?.['auditEntries']).toEqual({ entries: vendorsAlone });
  expect((await ask(officer(), list, { kind: 'STAFF', id: vendor })).data?.['auditEntries']).toEqual({
    entries: [],
  });
});

it('publishes a new version of a text for managers, and writes the fact into the log', async () => {
  const manager = callerOf({ kind: 'STAFF', roles: ['MANAGER'], organizationId });
  const input = {
    purpose: 'marketing.news',
    language: 'de',
    title: 'Neuigkeiten 🌱',
    text: 'Dürfen wir Ihnen schreiben? مرحبا',
    level: 'MINOR',
    idempotencyKey: randomUUID(),
  };
  const mutation = `mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename
    ... on PolicyPublished { document { version language title } } } }`;
  const published = await ask(manager, mutation, { input });
  expect(published).toMatchObject({
    errors: [],
    data: { publishPolicy: { document: { version: '1.0', language: 'de' } } },
  });
  expect((await ask(manager, mutation, { input })).data).toEqual(published.data);
  expect((await ask(client(), mutation, { input })).data ?? null).toBeNull();
  const bad = await ask(manager, mutation, {
    input: { ...input, idempotencyKey: randomUUID(), language: 'Deutsch' },
  });
  expect(bad.errors[0]?.extensions?.code).toBe('BAD_INPUT');
});

it('lists what is held and why, and what retention removed', async () => {
  const { data } = await ask(
    officer(),
    '{ retentionRuns { service table removed } dataInventory { table column personal reason period then } }',
  );
  expect(data?.['retentionRuns']).toEqual([]);
  expect(data?.['dataInventory']).toContainEqual({
    table: 'consent',
    column: 'client_id',
    personal: true,
    reason: 'To do only what you agreed to, and to be able to show it',
    period: 'P36M',
    then: 'delete_row',
  });
});

import { randomUUID } from 'node:crypto';
import { openLog, readSdl, startSubgraph } from '@kept/subgraph-kit';
import { callerOf, requestSubgraph, testOrganization, testPassportKey } from '@kept/testing';
import { consentRelations } from './consent/consent.policy.ts';
import { publishStandardDocuments } from './consent/standard-documents.ts';
import { complianceVerbs } from './verbs.ts';
import { resolvers } from './resolvers.ts';
import { openStage } from './stage-for-tests.ts';
import type { Stage } from './stage-for-tests.ts';

// The hole this keeps closed: a character that PostgreSQL cannot hold makes an error of ours out of a question of theirs,
// which anybody may ask as often as they like.
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

const ask = (kind: 'ANONYMOUS' | 'CLIENT', query: string, variables: object) =>
  requestSubgraph({
    url: server.url,
    service: 'compliance',
    caller: callerOf({ kind, organizationId }),
    query,
    variables: { ...variables },
  });

it.each(['\u0000', 'booking.reminder\u0000', '\ud800'])(
  'no document is for the purpose %j',
  async (purpose) => {
    const query = 'query ($purpose: ID!) { policyDocument(purpose: $purpose) { id } }';
    expect(await ask('ANONYMOUS', query, { purpose })).toMatchObject({
      errors: [],
      data: { policyDocument: null },
    });
  },
);

it('nobody agrees to words whose hash cannot be stored', async () => {
  const { data, errors } = await ask(
    'CLIENT',
    'mutation ($input: GiveConsentInput!) { giveConsent(input: $input) { __typename } }',
    {
      input: {
        purpose: 'booking.reminder',
        channel: 'EMAIL',
        documentHash: '\u0000',
        idempotencyKey: randomUUID(),
      },
    },
  );
  expect(errors).toEqual([]);
  expect(data).toEqual({ giveConsent: { __typename: 'DocumentOutdated' } });
});

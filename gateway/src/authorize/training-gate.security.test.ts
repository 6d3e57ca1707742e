// The hole this keeps closed: staff who never took their training work with people's data, because a token with roles is enough.
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';
import { DORA } from '../test-graph/subgraphs.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());

it('[TRN-01] [identity A51] staff who are not trained get TRAINING_REQUIRED, and nobody is asked for them', async () => {
  const token = await graph.tokenFor({ kind: 'STAFF', id: DORA, roles: ['MANAGER'] }, { trn: false });
  for (const query of [
    '{ vault { content } }',
    '{ services { name } }',
    'query { ... on Query { viewer { displayName } } }',
    'query { ...F } fragment F on Query { services { name } }',
  ]) {
    graph.asked.splice(0);
    const { codes, data } = await graph.ask(query, { token });
    expect([query, codes, data]).toEqual([query, ['TRAINING_REQUIRED'], undefined]);
    expect(graph.asked).toEqual([]);
  }
  expect((await graph.ask('{ __typename }', { token })).data).toEqual({ __typename: 'Query' });
});

it('a client has nothing to be trained for', async () => {
  const token = await graph.tokenFor({ kind: 'CLIENT', id: DORA }, { trn: false });
  expect((await graph.ask('{ services { name } }', { token })).codes).toEqual([]);
});

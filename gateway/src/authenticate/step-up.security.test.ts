// The hole: a proof that was given for one operation opens another one (another person, another amount), or goes on for ever.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { parseCaller, type Caller } from '@kept/passport';
import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { DORA } from '../test-graph/subgraphs.ts';

type Operation = { query: string; operationName?: string; variables?: Record<string, unknown> };

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());

const page = readFileSync(join(import.meta.dirname, '../../../docs/clients.md'), 'utf8');
const example = /^```js step-up\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
/** The function that docs/clients.md gives to apps, as it stands there. */
const operationHash = runInNewContext(`${example}; operationHash`, { crypto, TextEncoder, btoa }) as (
  operation: Operation,
) => Promise<string>;

const MANAGER: Person = { kind: 'STAFF', id: DORA, roles: ['MANAGER'] };
const CHANGE: Operation = {
  query: 'mutation Change($input: RoleInput!) { changeRole(input: $input) { __typename } }',
  operationName: 'Change',
  variables: { input: { id: DORA, role: 'BILLING' } },
};
async function stepUpSeen(operation: Operation, sud: object): Promise<Caller['stepUp']> {
  const token = await graph.tokenFor(MANAGER, { sud });
  graph.asked.splice(0);
  const { query, ...rest } = operation;
  const { errors } = await graph.ask(query, { ...rest, token });
  const [passport = ''] = graph.asked.map((asked) => asked.passport.split('.')[4] ?? '');
  if (passport === '') throw new Error(`Nothing was asked: ${JSON.stringify(errors)}`);
  return parseCaller(Buffer.from(passport, 'base64url').toString()).stepUp;
}
const later = (seconds: number) => Math.floor(graph.clock().getTime() / 1000) + seconds;

it('[identity A24] a proof for one operation says nothing of another text, name or variable; the example of docs/clients.md makes it', async () => {
  const until = later(300);
  const sud = { until, hash: await operationHash(CHANGE) };
  expect(await stepUpSeen(CHANGE, sud)).toEqual({ operation: true, until });
  // The same, its variables written in another order.
  const turned = { input: { role: 'BILLING', id: DORA } };
  expect(await stepUpSeen({ ...CHANGE, variables: turned }, sud)).toEqual({ operation: true, until });
  const others: Operation[] = [
    { ...CHANGE, variables: { input: { id: DORA, role: 'MANAGER' } } },
    { ...CHANGE, query: CHANGE.query.replace('__typename', 'again: __typename') },
    { ...CHANGE, query: CHANGE.query.replace('Change(', 'Other('), operationName: 'Other' },
  ];
  for (const other of others) expect([other, await stepUpSeen(other, sud)]).toEqual([other, null]);
});

it('[identity A24] a proof is over after its time, and one that is bound to nothing is no proof for an operation', async () => {
  expect(await stepUpSeen(CHANGE, { until: later(0), hash: await operationHash(CHANGE) })).toBeNull();
  expect(await stepUpSeen(CHANGE, { until: later(60) })).toEqual({ operation: false, until: later(60) });
});

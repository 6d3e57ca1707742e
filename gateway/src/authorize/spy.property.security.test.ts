// What a caller may not see is not only missing from the answer: it is never asked for (gateway A15). A spy stands before
// every subgraph and looks up each coordinate of each sub-request, with graphql-js's own walk; and the answer is what
// graphql-js gives for the same operation with the denied fields null. Random operations of random people, by seed.
import { audiencesOf, PURPOSES, purposesOf, type Purpose } from '@kept/access-policy';
import { ROLES, type Caller } from '@kept/passport';
import { Fault } from '@kept/subgraph-kit';
import { callerOf } from '@kept/testing';
import { parse, validate } from 'graphql';
import type { ExecutorName } from '../compiled/settings.ts';
import { composeGraph } from '../compose/compose-graph.ts';
import { ANNA, BERT, DORA, ERIK, PARTS } from '../test-graph/subgraphs.ts';
import { openOracle, subgraphSchemaOf, touchedBy } from './oracle.ts';
import { randomFrom, randomOperation } from './random-operation.ts';
import { openSpiedGraph, type SpiedGraph } from './spied-graph.ts';

const supergraph = parse(
  composeGraph(Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs }))),
);
const subgraphSchemas = new Map(
  Object.entries(PARTS).map(([name, { typeDefs }]) => [name, subgraphSchemaOf(typeDefs)]),
);
// Between the two executors.
const OPERATIONS = process.env['KEPT_NIGHTLY'] ? 100_000 : 5_000;
const IDS = [ANNA, BERT, DORA, ERIK, 'v1', 'v2', 'none'];

const some = <Item>(items: readonly Item[], random: () => number): Item[] =>
  items.filter(() => random() < 0.4);

function randomCaller(random: () => number): Caller {
  const kind = random();
  if (kind < 0.15) return callerOf({ kind: 'ANONYMOUS' });
  if (kind < 0.4) return callerOf({ kind: 'CLIENT', accountId: random() < 0.5 ? ANNA : BERT });
  return callerOf({
    kind: 'STAFF',
    accountId: random() < 0.5 ? DORA : ERIK,
    roles: some(ROLES, random),
    secondFactor: random() < 0.85,
    emergencyUntil: random() < 0.25 ? Date.UTC(2030, 0, 1, random() < 0.7 ? 1 : 0) / 1_000 : null,
  });
}

const randomPurposes = (caller: Caller, now: Date, random: () => number): readonly Purpose[] =>
  random() < 0.5 ? purposesOf(audiencesOf(caller, now)) : some(PURPOSES, random);

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe.each([
  ['compiled', 1],
  ['stock', 2],
] satisfies [ExecutorName, number][])('with the %s executor', (executor, first) => {
  let spied: SpiedGraph;
  let oracle: ReturnType<typeof openOracle>;
  beforeAll(async () => {
    spied = await openSpiedGraph({ executor });
    oracle = openOracle(spied.graph.schema, supergraph);
  });
  afterAll(() => spied.graph.stop());

  async function tryOne(seed: number) {
    const random = randomFrom(seed);
    const { schema, decisions } = spied.graph;
    const kind = random() < 0.15 ? 'mutation' : 'query';
    const { text, variables } = randomOperation(schema, random, { kind, inputs: 'all', ids: IDS });
    const document = parse(text);
    // Fields of two fragments that cannot stand side by side, and what the edge's limits refuse: neither is asked at all.
    if (validate(schema, document).length > 0) return 'invalid';
    const caller = randomCaller(random);
    const readingAt = kind === 'query' ? spied.now : undefined;
    const audiences = audiencesOf(caller, readingAt);
    const purposes = randomPurposes(caller, spied.now, random);
    const table = decisions.tableFor(audiences, purposes);
    const where = { seed, text, variables, audiences, purposes };
    spied.sent.splice(0);
    let data: unknown;
    try {
      ({ data } = await spied.ask({ text, variables, caller, purposes }));
    } catch (error) {
      if (error instanceof Fault && error.code === 'LIMIT_EXCEEDED') return 'refused';
      throw error;
    }
    for (const { service, query, variables: sent } of spied.sent) {
      const subgraph = subgraphSchemas.get(service);
      if (!subgraph) throw new Error(`Nobody is called ${service}.`);
      const seen = touchedBy(
        { document: parse(query), variables: sent },
        { schema: subgraph, decisions, table },
      );
      const denied = [...seen.deniedFields]
        .map(({ name }) => name.value)
        .filter((name) => !isMachinery(name));
      expect({ ...where, service, query, denied, inputs: seen.deniedInputs }).toEqual({
        ...where,
        service,
        query,
        denied: [],
        inputs: false,
      });
    }
    const touched = touchedBy({ document, variables }, { schema, decisions, table });
    const isRefused = touched.deniedInputs || (kind === 'mutation' && touched.deniedFields.size > 0);
    if (isRefused) {
      expect({ ...where, data, sent: spied.sent }).toEqual({ ...where, data: null, sent: [] });
      return 'denied';
    }
    const { deniedFields } = touched;
    // Apollo's planner asks for what a literal leaves out, which is the caller's own to ask for; its row may still refuse it
    // and take a parent along.
    if (text.includes('@skip(if: true)')) return 'skipped';
    const expected = await oracle({ document, variables, caller, readingAt, deniedFields });
    expect({ ...where, data: plain(data) }).toEqual({ ...where, data: plain(expected) });
    return deniedFields.size > 0 ? 'denied' : 'whole';
  }

  const isMachinery = (name: string) => name === '_entities' || name === '__typename';

  it(`[gateway A13] [gateway A15] no sub-request of ${OPERATIONS} random operations holds a denied coordinate, and nothing else is lost`, async () => {
    const outcomes: Record<string, number> = { whole: 0, denied: 0, skipped: 0, invalid: 0, refused: 0 };
    const executed = () => (outcomes['whole'] ?? 0) + (outcomes['denied'] ?? 0) + (outcomes['skipped'] ?? 0);
    for (let seed = first; executed() < OPERATIONS / 2; seed += 2) {
      const outcome = await tryOne(seed);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      expect(seed).toBeLessThan(OPERATIONS * 3);
    }
    expect(outcomes['denied']).toBeGreaterThan(OPERATIONS / 20);
    expect(outcomes['whole']).toBeGreaterThan(OPERATIONS / 20);
  }, 7_200_000);
});

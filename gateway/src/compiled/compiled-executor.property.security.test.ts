// The compiled executor is worth nothing if it answers otherwise than the one it replaces. Random operations and random
// faults of subgraphs go through both; and whatever a subgraph answers, what leaves is what the schema promises, as
// graphql-js itself sees it. Holes it keeps closed: values that no check has seen, plans that depend on who asked before
// (gateway A13), prototypes reached by data (gateway A23).
import {
  executeSync,
  Kind,
  parse,
  print,
  validate,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLFieldResolver,
} from 'graphql';
import { randomFrom, randomQuery } from '../authorize/random-operation.ts';
import { responseKeysOf, type ResponseKeys } from './failures.ts';
import { CLINIC, PARTS } from '../test-graph/subgraphs.ts';
import { openProofGraph, type ProofGraph, type Question } from './proof-graph/open-proof-graph.ts';
import { meddleWith, type Fault } from './proof-graph/meddle.ts';
import { PROOF_SCHEMAS } from './proof-graph/schemas.ts';

const RUNS = process.env['KEPT_NIGHTLY'] ? 5_000 : 150;
// Apollo's executor takes an object for its interface once a subgraph with `@interfaceObject` has called it so, and drops
// what was asked of the type itself. That subgraph is left out where the two are compared; the federation audit has it.
const { stock: _interfaceObjects, ...compared } = PROOF_SCHEMAS;
let graph: ProofGraph;

function question(seed: number, change: (text: string) => string = (text) => text): Question {
  const random = randomFrom(seed);
  const ids = ['b1', 'b3', 't1', 'nobody'];
  const id = ids[Math.floor(random() * ids.length)] ?? 'b1';
  const asked = randomQuery(graph.schema, random).replaceAll('id: "x"', 'id: $id');
  const head = asked.includes('$id')
    ? asked.replace(/^query (\(?)/, (_all, open) => `query ($id: ID! ${open ? '' : ') '}`)
    : asked;
  const text = change(head);
  const document = parse(text, { noLocation: true });
  expect({ text, errors: validate(graph.schema, document) }).toEqual({ text, errors: [] });
  const variables = {
    ...(text.includes('$id') && { id }),
    ...(text.includes('$yes') && random() < 0.3 && { yes: random() < 0.5 }),
    ...(text.includes('$no') && random() < 0.3 && { no: random() < 0.5 }),
  };
  return { document, text, variables };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

// A place as both executors name it: without indices, which Apollo's gets wrong beside entities that are left out, and
// without keys that only the planner asked for.
function placeOf(path: readonly (string | number)[] | undefined, keys: ResponseKeys): string {
  const place: string[] = [];
  let here: ResponseKeys | undefined = keys;
  for (const part of path ?? []) {
    if (typeof part === 'number' || part === '@') continue;
    here = here.get(part);
    if (!here) break;
    place.push(part);
  }
  return place.join('.');
}

function errorSet({ errors = [] }: ExecutionResult, document: DocumentNode): string[] {
  const keys = responseKeysOf(document);
  return [
    ...new Set(errors.map(({ path, extensions }) => `${placeOf(path, keys)} ${String(extensions['code'])}`)),
  ].sort();
}
const subgraphErrors = (result: ExecutionResult, document: DocumentNode) =>
  errorSet(
    { errors: (result.errors ?? []).filter(({ extensions }) => extensions['code'] !== 'INTERNAL') },
    document,
  );
const completions = ({ errors = [] }: ExecutionResult) =>
  errors.filter(({ extensions }) => extensions['code'] === 'INTERNAL');

// The clinic whose services the gateway's other tests ask; here without callers, so that every row is there.
const clinic = Object.fromEntries(Object.entries(PARTS).map(([name, { typeDefs }]) => [name, typeDefs]));
const clinicResolvers = {
  ...Object.fromEntries(Object.entries(PARTS).map(([name, { resolvers }]) => [name, resolvers])),
  scheduling: {
    ...PARTS['scheduling']?.resolvers,
    Query: { ...PARTS['scheduling']?.resolvers['Query'], visits: () => CLINIC.visits, slow: () => 'at once' },
  },
};

describe.each([
  ['a warehouse', () => openProofGraph(compared)],
  ['a clinic', () => openProofGraph(clinic, clinicResolvers)],
])('random operations on %s', (_name, open) => {
  beforeAll(async () => {
    graph = await open();
  });
  afterAll(() => graph.stop());

  it('are answered as by the stock executor, by subgraphs in good health', async () => {
    graph.meddle = (_service, _sent, answer) => answer;
    for (let seed = 1; seed <= RUNS; seed++) {
      const asked = question(seed);
      const ours = await graph.compiled(asked);
      const theirs = await graph.stock(asked);
      expect({ seed, text: asked.text, data: plain(ours.data) }).toEqual({
        seed,
        text: asked.text,
        data: plain(theirs.data),
      });
      expect({ seed, errors: subgraphErrors(ours, asked.document) }).toEqual({
        seed,
        errors: errorSet(theirs, asked.document),
      });
    }
  }, 600_000);

  it.each<[string, readonly Fault[]]>([
    ['nulls, where none may be as well', ['null']],
    ['fields that are missing', ['missing']],
    ['errors at every level', ['error']],
    ['keys that reach for prototypes', ['poison']],
    ['all of it at once', ['null', 'missing', 'error', 'poison']],
  ])(
    'are answered as by the stock executor, by subgraphs that give %s',
    async (_what, faults) => {
      let faulty = 0;
      for (let seed = 1; seed <= RUNS; seed++) {
        const asked = question(seed);
        graph.meddle = meddleWith(seed, { faults, share: 0.08 });
        const ours = await graph.compiled(asked);
        const theirs = await graph.stock(asked);
        const { text, document } = asked;
        expect({ seed, text, data: plain(ours.data) }).toEqual({ seed, text, data: plain(theirs.data) });
        expect({ seed, text, errors: subgraphErrors(ours, document) }).toEqual({
          seed,
          text,
          errors: errorSet(theirs, document),
        });
        // Apollo's says under `extensions` what it made null, which never leaves our gateway; ours says it as errors. Which
        // of several nulls in one object is named is left to the executor.
        if (!theirs.errors) {
          const told = (theirs.extensions?.valueCompletion ?? []).length > 0;
          expect({ seed, text, told: completions(ours).length > 0 }).toEqual({ seed, text, told });
        }
        if (ours.errors) faulty += 1;
      }
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      if (!faults.every((fault) => fault === 'poison')) expect(faulty).toBeGreaterThan(RUNS / 20);
    },
    600_000,
  );
});

// Every object says what it is, so that graphql-js can complete our answer once more.
function withTypenames(text: string): string {
  const is: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: 'is' },
    name: { kind: Kind.NAME, value: '__typename' },
  };
  return print(
    visit(parse(text, { noLocation: true }), {
      SelectionSet: (set, _key, parent) =>
        parent && 'kind' in parent && parent.kind === Kind.FIELD
          ? { ...set, selections: [is, ...set.selections] }
          : undefined,
    }),
  );
}

// graphql-js gives a resolver its place as the fourth argument, and our linter wants no more than three.
const readKey: GraphQLFieldResolver<Record<string, unknown>, unknown> = (source, ...[, , { path }]) =>
  source[path.key];

describe('whatever a subgraph answers', () => {
  beforeAll(async () => {
    graph = await openProofGraph();
  });
  afterAll(() => graph.stop());

  it('what leaves is what graphql-js makes of it: types, nulls, and the order of keys', async () => {
    let refused = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const asked = question(seed, withTypenames);
      graph.meddle = meddleWith(seed, {
        faults: ['wrong', 'wrong', 'null', 'missing', 'error', 'poison'],
        share: 0.1,
      });
      const ours = await graph.compiled(asked);
      const completed = executeSync({
        schema: graph.schema,
        document: asked.document,
        rootValue: ours.data,
        variableValues: asked.variables,
        fieldResolver: readKey,
        typeResolver: (value: Record<string, unknown>) => String(value['is']),
      });
      const { text } = asked;
      if (ours.data !== null) {
        expect({ seed, text, errors: completed.errors }).toEqual({ seed, text, errors: undefined });
        expect({ seed, text, data: JSON.stringify(completed.data) }).toEqual({
          seed,
          text,
          data: JSON.stringify(ours.data),
        });
      }
      refused += completions(ours).length;
    }
    expect(refused).toBeGreaterThan(RUNS / 10);
  }, 600_000);
});

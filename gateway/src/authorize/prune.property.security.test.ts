import {
  CONDITIONAL,
  DENY,
  everyAudienceSet,
  openDecisions,
  purposesOf,
  readAccessMap,
} from '@kept/access-policy';
import { ApolloGateway } from '@apollo/gateway';
import {
  Kind,
  parse,
  print,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { composeGraph } from '../compose/compose-graph.ts';
import { forbidVendorTelemetry } from '../config.ts';
import { openTestGraph, type Person } from '../test-graph/open-test-graph.ts';
import { ANNA, DORA, PARTS } from '../test-graph/subgraphs.ts';
import { prune } from './prune.ts';
import { randomFrom, randomQuery } from './random-operation.ts';

// An oracle of its own: graphql-js's TypeInfo walks what is left, and looks every coordinate up again.
const supergraphSdl = composeGraph(Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs })));
const decisions = openDecisions(readAccessMap(parse(supergraphSdl)));

async function apiSchema(): Promise<GraphQLSchema> {
  forbidVendorTelemetry();
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const gateway = new ApolloGateway({ supergraphSdl, logger });
  const { schema } = await gateway.load();
  await gateway.stop();
  return schema;
}

function deniedIn(document: DocumentNode, schema: GraphQLSchema, table: Uint8Array): string[] {
  const info = new TypeInfo(schema);
  const found: string[] = [];
  const look = {
    Field: (node: { name: { value: string } }) => {
      const coordinate = `${info.getParentType()?.name}.${node.name.value}`;
      const number = decisions.numberOf(coordinate);
      if ((number === undefined ? DENY : (table[number] ?? DENY)) < CONDITIONAL) found.push(coordinate);
    },
  };
  visit(document, visitWithTypeInfo(info, look));
  // The private placeholder is the answer's type, which its parent field has been allowed to give.
  return found.filter((coordinate) => !coordinate.endsWith('.__typename'));
}

const RUNS = Number(process.env['KEPT_FUZZ_RUNS'] ?? 80);

describe('random operations', () => {
  it('[gateway A15] keep no denied coordinate after pruning, for any audience set', async () => {
    const schema = await apiSchema();
    let cuts = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const text = randomQuery(schema, randomFrom(seed));
      const document = parse(text);
      expect({ seed, errors: validate(schema, document).map(({ message }) => message) }).toEqual({
        seed,
        errors: [],
      });
      const fragments = new Map<string, FragmentDefinitionNode>();
      let operation: OperationDefinitionNode | undefined;
      for (const definition of document.definitions) {
        if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
        if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
      }
      if (!operation) throw new Error('no operation');
      for (const [at, audiences] of everyAudienceSet().entries()) {
        const table = decisions.tableFor(audiences, purposesOf(audiences));
        const pruned = prune({ operation, fragments, text }, { schema, decisions, table });
        if (!pruned.operation) continue;
        const left: DocumentNode = { kind: Kind.DOCUMENT, definitions: [pruned.operation] };
        cuts += pruned.cut.size;
        expect({ seed, audiences, denied: deniedIn(left, schema, table) }).toEqual({
          seed,
          audiences,
          denied: [],
        });
        // Validation is slow; each operation is validated for one of the sets.
        if (at === seed % 66)
          expect({ seed, errors: validate(schema, parse(print(left))) }).toEqual({ seed, errors: [] });
      }
    }
    expect(cuts).toBeGreaterThan(RUNS);
  }, 180_000);

  it('[gateway A13] [gateway A15] never make a subgraph see a field that its caller is denied, over HTTP', async () => {
    const graph = await openTestGraph();
    const schema = await apiSchema();
    const people: (Person | undefined)[] = [
      undefined,
      { kind: 'CLIENT', id: ANNA },
      { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] },
      { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'] },
      { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'], secondFactor: false },
    ];
    let answered = 0;
    try {
      for (let seed = 1; seed <= 40; seed++) {
        const query = randomQuery(schema, randomFrom(10_000 + seed));
        for (const as of people) {
          graph.asked.splice(0);
          const answer = await graph.ask(query, as ? { as } : {});
          if (answer.codes.includes('LIMIT_EXCEEDED')) continue; // ours, for too many aliases or directives
          answered += 1;
          expect({ seed, query, status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
          // `broken` throws on purpose.
          const expected = ['UNAUTHORIZED_FIELD_OR_TYPE', ...(query.includes('broken') ? ['INTERNAL'] : [])];
          expect({
            query,
            odd: answer.errors.filter(({ extensions }) => !expected.includes(String(extensions['code']))),
          }).toEqual({ query, odd: [] });
          expect({ seed, salary: graph.asked.some((asked) => /\bsalary\b/.test(asked.query)) }).toEqual({
            seed,
            salary: false,
          });
          expect({ seed, text: /gold|5000,|4000/.test(answer.text) && as?.kind !== 'CLIENT' }).toEqual({
            seed,
            text: false,
          });
          expect(answer.text).not.toContain('keptTypename');
        }
      }
      expect(answered).toBeGreaterThan(100);
    } finally {
      await graph.stop();
    }
  }, 180_000);
});

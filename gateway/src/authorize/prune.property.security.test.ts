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
import { PARTS } from '../test-graph/subgraphs.ts';
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

const RUNS = process.env['KEPT_NIGHTLY'] ? 2_000 : 60;

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
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { accessMatrixRows } from './access-matrix.ts';
import { publicFields } from './public-fields.ts';
import { startListener, type Listener } from './test-graph/listener.ts';
import { openTestGraph, type TestGraph } from './test-graph/open-test-graph.ts';

const root = join(import.meta.dirname, '../..');
const supergraphSdl = readFileSync(join(root, 'gateway/supergraph.graphql'), 'utf8');
const rows = accessMatrixRows(supergraphSdl);

// Whoever has not signed in finds what is public, and of everything else neither a value nor a trace.
describe('the unauthenticated', () => {
  let graph: TestGraph;
  let services: Listener;
  beforeAll(async () => {
    services = await startListener();
    graph = await openTestGraph({ supergraphSdl }, services.subgraphs);
  });
  afterAll(async () => {
    await graph.stop();
    await services.stop();
  });

  it('[AUT-17] docs/public-fields.md is the committed allow-list: opening something more is a change of this file', () => {
    expect(readFileSync(join(root, 'docs/public-fields.md'), 'utf8')).toBe(publicFields(supergraphSdl));
    const listed = [...publicFields(supergraphSdl).matchAll(/^- `(.+)`$/gm)].map(
      ([, coordinate]) => coordinate,
    );
    expect(listed).toEqual(
      (['ask', 'do', 'read', 'send'] as const).flatMap((verb) =>
        rows
          .filter((row) => row.verb === verb && row.answers.anonymous !== 'deny')
          .map((row) => row.coordinate),
      ),
    );
  });

  it('[AUT-17] are refused introspection, and every field that is not on it, without any service being asked', async () => {
    for (const introspection of [
      '{ __schema { types { name } } }',
      '{ __type(name: "AuditEntry") { name } }',
    ]) {
      expect(new Set((await graph.ask(introspection)).codes)).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    }
    const schema = buildSchema(supergraphSdl, { assumeValid: true });
    const closed = rows.filter(({ verb, answers }) => verb === 'read' && answers.anonymous === 'deny');
    const unsendable = new Set(
      rows
        .filter(({ verb, answers }) => verb === 'send' && answers.anonymous === 'deny')
        .map((row) => row.coordinate.split('.')[0]),
    );
    let reached = 0;
    for (const { coordinate } of closed) {
      const [type = '', field = ''] = coordinate.split('.');
      const way = wayTo(schema, type);
      // Results of mutations are reached by mutations alone, each of which is a cell of the matrix.
      if (!way) continue;
      reached += 1;
      services.heard.splice(0);
      const { variables, query } = smallest(schema, way, field);
      const { codes, data } = await graph.ask(query, { variables });
      const cell = { coordinate, query };
      // Whoever sends what they may not send is refused whole; whoever asks for too much gets the rest.
      const refusedWhole = way.some(({ args }) =>
        args.some(({ type }) => unsendable.has(getNamedType(type).name)),
      );
      expect({ ...cell, codes, data }).toEqual({
        ...cell,
        codes: expect.arrayContaining(['UNAUTHORIZED_FIELD_OR_TYPE']) as unknown,
        data: refusedWhole ? null : (expect.anything() as unknown),
      });
      expect({
        ...cell,
        heard: services.heard.filter((sent) => new RegExp(`\\b${field}\\b`).test(sent)),
      }).toEqual({
        ...cell,
        heard: field === 'id' ? expect.anything() : [],
      });
    }
    expect(reached).toBeGreaterThan(80);
  }, 180_000);
});

type Fields = readonly GraphQLField<unknown, unknown>[];

function wayTo(schema: GraphQLSchema, target: string): Fields | undefined {
  const start = schema.getQueryType();
  const queue: { type: GraphQLObjectType; way: Fields }[] = start ? [{ type: start, way: [] }] : [];
  const seen = new Set<string>();
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (next.type.name === target && next.way.length > 0) return next.way;
    if (seen.has(next.type.name)) continue;
    seen.add(next.type.name);
    for (const field of Object.values(next.type.getFields())) {
      const named = getNamedType(field.type);
      if (isObjectType(named)) queue.push({ type: named, way: [...next.way, field] });
    }
  }
  return undefined;
}

function smallest(schema: GraphQLSchema, way: Fields, field: string) {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const call = ({ name, args }: GraphQLField<unknown, unknown>, at: number) => {
    const needed = args.filter(({ type }) => String(type).endsWith('!'));
    for (const arg of needed) {
      declared.push(`$a${at}${arg.name}: ${String(arg.type)}`);
      variables[`a${at}${arg.name}`] = valueFor(arg.type);
    }
    const given = needed.map((arg) => `${arg.name}: $a${at}${arg.name}`).join(', ');
    return given ? `${name}(${given})` : name;
  };
  const last = way.at(-1);
  const leaf = last && (getNamedType(last.type) as GraphQLObjectType).getFields()[field];
  const below = leaf && isCompositeType(getNamedType(leaf.type)) ? ' { __typename }' : '';
  const inner = leaf ? `${call(leaf, way.length)}${below}` : field;
  const body = way.reduceRight((within, step, at) => `${call(step, at)} { ${within} }`, inner);
  return { query: `query ${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${body} }`, variables };
}

const SCALARS: Readonly<Record<string, unknown>> = {
  Int: 1,
  Boolean: true,
  DateTime: '2027-03-01T09:00:00Z',
  LocalDate: '2027-03-01',
  TimeZone: 'Europe/London',
};

/** Something that is taken for a type: the least of an input, the first of an enum. */
function valueFor(type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (!isInputObjectType(named)) return SCALARS[named.name] ?? 'x';
  const needed = Object.values(named.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(needed.map((field) => [field.name, valueFor(field.type)]));
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';
import { readEnvelope } from '../edge/read-envelope.ts';
import { CARD_FORMATS } from './card-formats.ts';

// No card number ever enters: what a service does not get it cannot store, queue or log. The tripwire stands at the one
// door, before authentication and before anything is kept, and its refusal repeats nothing.
const supergraphFile = join(import.meta.dirname, '../../supergraph.graphql');

interface Place {
  readonly operation: 'query' | 'mutation';
  readonly field: string;
  readonly argument: string;
  readonly type: GraphQLInputType;
  /** From the argument down to one scalar that takes text. */
  readonly path: readonly string[];
}

/** Every place of a schema that takes text: arguments and input fields of String, ID and the scalars made of them. */
function textInputs(schema: GraphQLSchema): Place[] {
  const below = (type: GraphQLInputType, path: readonly string[]): (readonly string[])[] => {
    const named = getNamedType(type);
    if (isInputObjectType(named)) {
      if (path.length > 4) return [];
      return Object.values(named.getFields()).flatMap((field) => below(field.type, [...path, field.name]));
    }
    const takesText = isScalarType(named) && !['Int', 'Float', 'Boolean', 'MinorUnits'].includes(named.name);
    return takesText && !isEnumType(named) ? [path] : [];
  };
  return (['query', 'mutation'] as const).flatMap((operation) => {
    const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
    return Object.values(root?.getFields() ?? {}).flatMap((field) =>
      field.args.flatMap(({ name, type }) =>
        below(type, []).map((path) => ({ operation, field: field.name, argument: name, type, path })),
      ),
    );
  });
}

function valueAt(type: GraphQLInputType, path: readonly string[], text: string): unknown {
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isListType(nullable)) return [valueAt(nullable.ofType, path, text)];
  const [first, ...rest] = path;
  if (first === undefined || !isInputObjectType(nullable)) return text;
  const field = nullable.getFields()[first];
  return field ? { [first]: valueAt(field.type, rest, text) } : text;
}

const bodyFor = (place: Place, text: string) => ({
  query: `${place.operation} Try($v: ${String(place.type)}) { ${place.field}(${place.argument}: $v) { __typename } }`,
  variables: { v: valueAt(place.type, place.path, text) },
});

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const rejected = async (body: object, headers: Record<string, string> = {}) => {
  const response = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};
const REJECTED = {
  errors: [
    {
      message: expect.stringContaining('looks like a card number') as string,
      extensions: { code: 'CARD_DATA_REJECTED' },
    },
  ],
};

// What was logged, without what is drawn by lot: a random id may well hold twelve digits in a row, or 4111.
const written = () =>
  graph.logged
    .join('\n')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<address>')
    .replaceAll(/"policyVersion":"\w+"/g, '');

describe('card numbers', () => {
  it('[PAY-04] are rejected in each of 200 formats, in every text input of the supergraph', () => {
    const schema = buildSchema(readFileSync(supergraphFile, 'utf8'), { assumeValid: true });
    const places = textInputs(schema);
    expect(places.length).toBeGreaterThan(20);
    const accepted: string[] = [];
    for (const place of places) {
      for (const { name, text } of CARD_FORMATS) {
        try {
          readEnvelope(Buffer.from(JSON.stringify(bodyFor(place, text))), {});
          accepted.push(`${place.field}(${place.argument}: ${place.path.join('.')}) ${name}`);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CARD_DATA_REJECTED' });
        }
      }
    }
    expect(accepted).toEqual([]);
  }, 180_000);

  it('[PAY-04] are rejected over HTTP in each format: nothing is sent to a subgraph, said back or logged', async () => {
    const query = 'query ($text: String) { echo(text: $text) }';
    for (const { text } of CARD_FORMATS) {
      const answer = await rejected({ query, variables: { text } });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text)).toEqual(REJECTED);
      expect(answer.text).not.toContain(text);
    }
    expect(graph.asked).toEqual([]);
    const log = written();
    expect(CARD_FORMATS.filter(({ text }) => log.includes(text))).toEqual([]);
    expect(log).not.toMatch(/\d{12}/);
  });

  it.each([
    ['a literal', { query: '{ echo(text: "4111-1111-1111-1111") }' }],
    ['a block string', { query: '{ echo(text: """\n4111 1111\n1111 1111\n""") }' }],
    ['an escaped literal', { query: '{ echo(text: "\\u0034111111111111111") }' }],
    ['a number in the document', { query: '{ echo(number: 4111111111111111) }' }],
    ['a float in the document', { query: '{ echo(number: 4111111111111111.0) }' }],
    [
      'a number in variables',
      { query: 'query ($n: Float) { echo(number: $n) }', variables: { n: 4111111111111111 } },
    ],
    ['the name of the operation', { query: 'query Pay_4111111111111111 { services { name } }' }],
    ['operationName', { query: '{ services { name } }', operationName: '4111111111111111' }],
    ['an alias', { query: '{ a4111111111111111: services { name } }' }],
    ['a comment', { query: '# card 4111111111111111\n{ services { name } }' }],
    ['the name of a variable', { query: '{ services { name } }', variables: { '4111111111111111': 1 } }],
    [
      'a key deep inside',
      {
        query: 'query ($i: EchoInput) { echo(input: $i) }',
        variables: { i: { more: { '4111 1111 1111 1111': '' } } },
      },
    ],
    [
      'a list',
      {
        query: 'query ($l: [String!]) { echo(list: $l) }',
        variables: { l: ['4111', '1111', '1111', '1111'] },
      },
    ],
    [
      'several variables',
      {
        query: 'query ($a: String, $b: String) { a: echo(text: $a) b: echo(text: $b) }',
        variables: { a: '41111111', b: '11111111' },
      },
    ],
    ['several literals', { query: '{ echo(list: ["4111", "1111", "1111", "1111"]) }' }],
    ['text that is no GraphQL', { query: '{ echo(text: "4111111111111111" ' }],
    [
      'a variable that nobody uses',
      { query: '{ services { name } }', variables: { unused: '4111111111111111' } },
    ],
  ])('[PAY-04] are rejected in %s', async (_where, body) => {
    const answer = await rejected(body);
    expect(JSON.parse(answer.text)).toEqual(REJECTED);
    expect(graph.asked).toEqual([]);
    expect(written()).not.toContain('4111');
  });

  it('[PAY-04] are rejected in the headers that we read', async () => {
    const query = '{ services { name } }';
    const inToken = await rejected({ query }, { authorization: 'Bearer 4111111111111111' });
    expect(JSON.parse(inToken.text)).toEqual(REJECTED);
    const inOrganization = await rejected({ query }, { 'kept-organization': '4111 1111 1111 1111' });
    expect(JSON.parse(inOrganization.text)).toEqual(REJECTED);
  });

  it('do not stand in the way of ordinary texts', async () => {
    const text =
      'Tel. +49 176 12345678, 2027-03-01T10:00:00Z, 11111111-1111-4111-8111-111111111111 – спасибо 🙏';
    const { data } = await graph.ask('query ($text: String) { echo(text: $text) }', { variables: { text } });
    expect(data).toEqual({ echo: text });
  });
});

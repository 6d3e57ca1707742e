import { openTestGraph, readAnswer, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA } from '../test-graph/subgraphs.ts';

// Whatever is sent, the answer is a code of the catalogue and a sentence: nothing of what stands behind, nothing of what
// was sent, no stack.
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const anna: Person = { kind: 'CLIENT', id: ANNA };
const LEAKS =
  /node_modules|\.ts:|\.js:|at .*\(|subgraph|identity|scheduling|127\.0\.0\.1|postgres|Apollo|Did you mean|stack/i;
const post = async (body: string) =>
  readAnswer(
    await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }),
  );

describe('requests that are none', () => {
  it.each([
    ['no JSON', '{"query": "{ services { name } }"', 'BAD_INPUT'],
    ['nothing', '', 'BAD_INPUT'],
    ['null', 'null', 'BAD_INPUT'],
    ['a number', '42', 'BAD_INPUT'],
    ['an empty object', '{}', 'BAD_INPUT'],
    ['a batch', '[{"query":"{ services { name } }"}]', 'BAD_INPUT'],
    ['a query that is no text', '{"query": {"kind": "Document"}}', 'BAD_INPUT'],
    ['an empty query', '{"query": "  "}', 'BAD_INPUT'],
    ['variables as text', '{"query": "{ services { name } }", "variables": "{}"}', 'BAD_INPUT'],
    ['variables as a list', '{"query": "{ services { name } }", "variables": []}', 'BAD_INPUT'],
    [
      'an operationName that is no text',
      '{"query": "{ services { name } }", "operationName": {}}',
      'BAD_INPUT',
    ],
    [
      'an unknown operationName',
      '{"query": "query A { services { name } }", "operationName": "B"}',
      'BAD_INPUT',
    ],
    [
      'two operations and no name',
      '{"query": "query A { services { name } } query B { services { name } }"}',
      'BAD_INPUT',
    ],
    [
      'only a persisted query',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}',
      'BAD_INPUT',
    ],
    ['a type definition', '{"query": "type A { b: Int }"}', 'BAD_INPUT'],
    ['no GraphQL', '{"query": "SELECT * FROM client"}', 'GRAPHQL_PARSE_FAILED'],
    ['half of a document', '{"query": "{ services { name "}', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{"query": "{ services { nam } }"}', 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown argument', '{"query": "{ services(last: 1) { name } }"}', 'GRAPHQL_VALIDATION_FAILED'],
    ['a wrong literal', '{"query": "{ services(first: \\"one\\") { name } }"}', 'GRAPHQL_VALIDATION_FAILED'],
    ['a field of nothing', '{"query": "{ services { name { first } } }"}', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a fragment that contains itself',
      '{"query": "{ ...F } fragment F on Query { ...F }"}',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a wrong variable',
      '{"query": "query ($n: Int) { services(first: $n) { name } }", "variables": {"n": "secret-value"}}',
      'BAD_INPUT',
    ],
    [
      'a missing variable',
      '{"query": "mutation ($i: ID!) { cancelVisit(id: $i) { __typename } }"}',
      'UNAUTHORIZED_FIELD_OR_TYPE',
    ],
    [
      '_entities',
      '{"query": "{ _entities(representations: []) { __typename } }"}',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['_service', '{"query": "{ _service { sdl } }"}', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription', '{"query": "subscription { services { name } }"}', 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s is refused with its code, and nobody is asked', async (_what, body, code) => {
    const { status, errors, text } = await post(body);
    expect(errors.map(({ extensions }) => extensions['code'])).toContain(code);
    expect(status).toBe(code === 'UNAUTHORIZED_FIELD_OR_TYPE' ? 200 : 400);
    expect(text).not.toMatch(LEAKS);
    expect(text).not.toContain('secret-value');
    expect(graph.asked).toEqual([]);
  });

  it('names the place of a value that cannot be used, and not the value', async () => {
    const query = 'query ($input: EchoInput) { echo(input: $input) }';
    const wrong = await graph.ask(query, { variables: { input: { more: { count: 'private' } } } });
    expect(wrong.errors).toEqual([
      {
        message: '"input.more.count" has a value that cannot be used.',
        extensions: { code: 'BAD_INPUT', field: 'input.more.count' },
      },
    ]);
    const unknown = await graph.ask(query, { variables: { input: { extra: 1 } } });
    expect(unknown.errors[0]).toMatchObject({ extensions: { code: 'BAD_INPUT', field: 'input.extra' } });
    const missing = await graph.ask('mutation ($id: ID!) { cancelVisit(id: $id) { __typename } }', {
      as: anna,
    });
    expect(missing.errors).toEqual([
      { message: '"id" is missing.', extensions: { code: 'BAD_INPUT', field: 'id' } },
    ]);
  });

  it('[gateway A31] does not tell names that were not guessed', async () => {
    const { text } = await graph.ask('{ servces { nme } staf { salry } client(ide: 1) { emai } }');
    expect(text).not.toMatch(/Did you mean|services|salary|email/);
  });

  it('[gateway A31] answers no introspection', async () => {
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "Client") { name } }',
      '{ services { name } x: __schema { types { name } } }',
    ]) {
      const { data, codes, text } = await graph.ask(query);
      expect(data ?? null).toBeNull();
      expect(codes).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(text).not.toMatch(LEAKS);
    }
    expect((await graph.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  it('[gateway A29] [gateway A30] tells nothing of a subgraph that fails', async () => {
    const { data, errors, text } = await graph.ask('{ broken services { name } }');
    expect(data).toEqual({ broken: null, services: [{ name: 'Massage' }] });
    expect(errors).toEqual([
      {
        message: 'Something went wrong on our side. It has been noted; please try again.',
        path: ['broken'],
        extensions: { code: 'INTERNAL' },
      },
    ]);
    expect(text).not.toMatch(/secret|postgres|10\.0\.0\.7/);
  });

  it('passes on what a subgraph says to people: its sentence, its code and nothing else', async () => {
    const { data, errors } = await graph.ask('mutation { cancelVisit(id: "none") { __typename } }', {
      as: anna,
    });
    expect(data).toEqual({ cancelVisit: null });
    expect(errors).toEqual([
      { message: 'There is no such visit.', path: ['cancelVisit'], extensions: { code: 'NOT_FOUND' } },
    ]);
    const gone = await graph.ask(
      'mutation { cancelVisit(id: "v9") { __typename ... on VisitGone { message } } }',
      { as: anna },
    );
    expect(gone.data).toEqual({ cancelVisit: { __typename: 'VisitGone', message: 'It is gone.' } });
  });

  it('[gateway A34] gives no traces, plans or extensions, whatever headers ask for them', async () => {
    const { text } = await graph.ask('{ services { name } }', {
      headers: { 'apollo-federation-include-trace': 'ftv1', 'apollo-query-plan-experimental': '1' },
    });
    expect(JSON.parse(text)).toEqual({ data: { services: [{ name: 'Massage' }] } });
  });

  it('[gateway A23] takes no names that reach into a prototype', async () => {
    const bodies = [
      '{"query":"{ __proto__: services { name } }"}',
      '{"query":"{ services { constructor: name } }"}',
      '{"query":"query ($prototype: Int) { services(first: $prototype) { name } }"}',
      '{"query":"query ($i: EchoInput) { echo(input: $i) }","variables":{"i":{"__proto__":{"text":"x"}}}}',
      '{"query":"query ($i: EchoInput) { echo(input: $i) }","variables":{"i":{"more":{"constructor":{"prototype":{}}}}}}',
      '{"query":"{ echo(input: { __proto__: { text: \\"x\\" } }) }"}',
      '{"query":"{ services { name } }","__proto__":{"variables":{}}}',
    ];
    for (const body of bodies) expect([body, (await post(body)).codes]).toEqual([body, ['BAD_INPUT']]);
    expect(graph.asked).toEqual([]);
    expect(({} as Record<string, unknown>)['text']).toBeUndefined();
  });
});

describe('texts and numbers that are none', () => {
  const query = 'query ($text: String, $number: Float) { echo(text: $text, number: $number) }';
  const bodies: readonly (readonly [string, string])[] = [
    ['half of a surrogate pair', JSON.stringify({ query, variables: { text: 'a\ud800b' } })],
    ['the other half', JSON.stringify({ query, variables: { text: '\udc00' } })],
    ['NUL', JSON.stringify({ query, variables: { text: 'a\0b' } })],
    ['NUL in a key', JSON.stringify({ query, variables: { 'a\0b': 1 } })],
    ['NUL in a literal', JSON.stringify({ query: '{ echo(text: "a\\u0000b") }' })],
    ['NUL in a member that nobody reads', JSON.stringify({ query, more: ['\0'] })],
    ['a number that is infinite', `{"query":${JSON.stringify(query)},"variables":{"number":1e999}}`],
    ['its opposite', `{"query":${JSON.stringify(query)},"variables":{"number":-1e999}}`],
  ];
  it.each(bodies)('%s goes no further than the edge', async (_what, body) => {
    const { status, codes } = await post(body);
    expect([status, codes]).toEqual([400, ['BAD_INPUT']]);
    expect(graph.asked).toEqual([]);
  });

  it('a member nested a hundred thousand deep is refused, and not walked', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const member of ['variables', 'extensions', 'operationName', 'other']) {
      const { status, codes } = await post(`{"query":"{ services { name } }","${member}":${deep}}`);
      expect([member, status]).toEqual([member, 400]);
      expect(codes).toEqual([expect.stringMatching(/^(LIMIT_EXCEEDED|BAD_INPUT)$/)]);
    }
    expect(graph.asked).toEqual([]);
  });

  it('[gateway A23] names that every object has from its prototype are names like others', async () => {
    const { data } = await graph.ask('{ toString: services { hasOwnProperty: name valueOf: minutes } }');
    expect(data).toEqual({ toString: [{ hasOwnProperty: 'Massage', valueOf: 50 }] });
    const unsent =
      'query ($toString: String, $valueOf: Int) { echo(text: $toString) services(first: $valueOf) { name } }';
    expect((await graph.ask(unsent)).data).toEqual({ echo: null, services: [{ name: 'Massage' }] });
    const sent = await graph.ask(unsent, { variables: { toString: 'sent', valueOf: 5 } });
    expect(sent.data).toEqual({ echo: 'sent', services: [{ name: 'Massage' }] });
    const needed = await graph.ask(
      'query ($isPrototypeOf: Boolean!) { services { name @include(if: $isPrototypeOf) } }',
    );
    expect(needed.codes).toEqual(['BAD_INPUT']);
  });
});

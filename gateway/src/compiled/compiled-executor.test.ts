import { parse, type ExecutionResult } from 'graphql';
import { openProofGraph, type Meddle, type ProofGraph } from './proof-graph/open-proof-graph.ts';

let graph: ProofGraph;
beforeAll(async () => {
  graph = await openProofGraph();
});
afterAll(() => graph.stop());
beforeEach(() => {
  graph.sent.splice(0);
  graph.logged.splice(0);
  graph.meddle = (_service, _sent, answer) => answer;
  graph.signal = new AbortController().signal;
});

const ask = async (text: string, variables: Record<string, unknown> = {}): Promise<ExecutionResult> =>
  JSON.parse(
    JSON.stringify(await graph.compiled({ document: parse(text), text, variables })),
  ) as ExecutionResult;
const bodies = (service: string) =>
  graph.sent
    .filter((sent) => sent.service === service)
    .map(({ body }) => JSON.parse(body) as { query: string; variables: Record<string, unknown> });
const errorsOf = ({ errors = [] }: ExecutionResult) =>
  errors.map(({ path, extensions }) => ({ path, code: extensions['code'] }));
const failing =
  (service: string, path: (string | number)[]): Meddle =>
  (asked, _sent, answer) =>
    asked === service && answer.data && Object.hasOwn(answer.data, String(path[0]))
      ? { ...answer, errors: [{ message: 'no', path, extensions: { code: 'NOT_FOUND' } }] }
      : answer;

describe('sub-requests', () => {
  it('ask about each entity once, however often it stands in the response', async () => {
    const { data } = await ask('{ shelves { strict { ... on Book { price { amount } } } } }');
    const [sent, ...more] = bodies('prices');
    expect(sent?.variables['representations']).toEqual([
      { __typename: 'Book', id: 'b1' },
      { __typename: 'Book', id: 'b2' },
      { __typename: 'Book', id: 'b3' },
    ]);
    expect(more).toEqual([]);
    expect(data).toMatchObject({
      shelves: [
        {
          strict: [
            [{ price: { amount: 49 } }, {}, {}],
            [{}, {}],
          ],
        },
        {},
      ],
    });
  });

  it('that stand side by side in the plan go to one subgraph together', async () => {
    const { data } = await ask('{ shelves { grid { price { amount } } first { ... on Toy { parcel } } } }');
    const [sent, ...more] = bodies('prices');
    expect(more).toEqual([]);
    expect(Object.keys(sent?.variables ?? {})).toEqual(['representations0', 'representations1']);
    expect(data).toMatchObject({
      shelves: [
        {
          grid: [[{ price: { amount: 49 } }, null], null, [{ price: { amount: 50 } }]],
          first: { parcel: expect.any(String) },
        },
        { first: {} },
      ],
    });
  });

  it('go as they were planned when only one of them has anything to ask', async () => {
    graph.meddle = (service, _sent, answer) =>
      service === 'catalog' && answer.data
        ? {
            data: JSON.parse(
              JSON.stringify(answer.data, (key, value: unknown) => (key === 'grid' ? null : value)),
            ) as typeof answer.data,
          }
        : answer;
    await ask('{ shelves { grid { price { amount } } first { ... on Toy { parcel } } } }');
    expect(bodies('prices').map(({ variables }) => Object.keys(variables))).toEqual([['representations']]);
  });

  it('hold a variable only when the request gave it; the default is for the subgraph to know', async () => {
    const text = 'query Q($id: ID! = "b2", $no: Boolean = false) { item(id: $id) { name @skip(if: $no) } }';
    expect((await ask(text)).data).toEqual({ item: { name: 'book 1' } });
    expect((await ask(text, { id: 'b1', no: true })).data).toEqual({ item: {} });
    expect(bodies('catalog').map(({ variables }) => variables)).toEqual([{}, { id: 'b1', no: true }]);
  });

  it('carry text as text: quotes and control characters of a variable end nothing', async () => {
    const name = '"}],"x":1}\u0000\u2028';
    const text = 'mutation M($name: String!) { rename(id: "p1", name: $name) { name } }';
    expect((await ask(text, { name })).data).toEqual({ rename: { name } });
    expect(graph.sent.map(({ kind }) => kind)).toEqual(['mutation']);
  });

  it('refuse the one name of a variable that is theirs', async () => {
    const { errors, data } = await ask(
      'query ($representations: Boolean!) { items { ... on Book { price { amount @skip(if: $representations) } } } }',
      { representations: false },
    );
    expect([errors?.[0]?.extensions, data]).toEqual([{ code: 'BAD_INPUT' }, undefined]);
    expect(graph.sent).toEqual([]);
  });

  it('are not sent any more once the request is given up', async () => {
    const leaving = new AbortController();
    graph.signal = leaving.signal;
    graph.meddle = (_service, _sent, answer) => {
      leaving.abort();
      return answer;
    };
    const result = await ask('{ books { price { amount } } }');
    expect(graph.sent.map(({ service }) => service)).toEqual(['catalog']);
    expect(errorsOf(result)).toEqual([{ path: ['books'], code: 'SUBGRAPH_UNAVAILABLE' }]);
  });
});

describe('errors', () => {
  it('about an entity name every place where it stands, indices and aliases included', async () => {
    graph.meddle = failing('prices', ['_entities', 0, 'cost']);
    // There is a null in this list: Apollo's executor would name the one before.
    const beside = await ask('{ all: items { ... on Toy { cost: price { amount } } } }');
    expect(errorsOf(beside)).toEqual([{ path: ['all', 4, 'cost'], code: 'NOT_FOUND' }]);
    const again = await ask('{ shelves { grid { cost: price { amount } } } }');
    expect(errorsOf(again)).toEqual([
      { path: ['shelves', 0, 'grid', 0, 0, 'cost'], code: 'NOT_FOUND' },
      { path: ['shelves', 1, 'grid', 0, 0, 'cost'], code: 'NOT_FOUND' },
    ]);
  });

  it('about an object of which two entities hold the same name both places', async () => {
    graph.meddle = failing('people', ['_entities', 1, 'tags']);
    const shelves = await ask('{ shelves { grid { owner { tags } } } }');
    expect(errorsOf(shelves).map(({ path }) => path)).toEqual([
      ['shelves', 0, 'grid', 2, 0, 'owner', 'tags'],
      ['shelves', 1, 'grid', 2, 0, 'owner', 'tags'],
    ]);
  });

  it('end where the client stops having asked: nothing tells of keys and of what others require', async () => {
    graph.meddle = failing('catalog', ['books', 0, 'pages']);
    expect(errorsOf(await ask('{ books { weight } }'))).toEqual([{ path: ['books', 0], code: 'NOT_FOUND' }]);
  });

  it('of a subgraph that is away are one for each part it owed, and the rest of the data is there', async () => {
    graph.meddle = (service, _sent, answer) =>
      service === 'prices'
        ? { errors: [{ message: 'away', path: [], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] }
        : answer;
    const result = await ask('{ books { name price { amount } } me { name } }');
    expect(result.data).toMatchObject({
      books: [{ name: 'book 0', price: null }, {}, {}],
      me: { name: 'Ada' },
    });
    expect(errorsOf(result)).toEqual([{ path: ['books'], code: 'SUBGRAPH_UNAVAILABLE' }]);
  });

  it('say once why something is null, and not again what follows from it', async () => {
    graph.meddle = (service, _sent, answer) =>
      service === 'prices'
        ? { errors: [{ message: 'away', path: [], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] }
        : answer;
    const result = await ask('{ books { owner { id } } kind }');
    expect(result.data).toEqual({ books: null, kind: 'BOOK' });
    expect(errorsOf(result)).toEqual([{ path: ['books'], code: 'SUBGRAPH_UNAVAILABLE' }]);
  });

  it('are made up where a subgraph gives what the schema forbids and says nothing', async () => {
    graph.meddle = (_service, _sent, answer) => ({ data: { ...answer.data, kind: 'SECRET', me: null } });
    const hidden = await ask('{ kind items { name } }');
    expect(hidden.data).toMatchObject({ kind: null, items: [{ name: 'book 0' }, {}, {}, null, {}, {}] });
    expect(errorsOf(hidden)).toEqual([{ path: ['kind'], code: 'INTERNAL' }]);
    expect(JSON.stringify([hidden, graph.logged])).not.toContain('SECRET');
    expect(graph.logged).toEqual([[{ coordinate: 'Query.kind' }, expect.any(String)]]);
    const bubbled = await ask('{ me { name } }');
    expect([bubbled.data, errorsOf(bubbled)]).toEqual([null, [{ path: ['me'], code: 'INTERNAL' }]]);
  });

  it('are made up for an answer without data and without a reason, or with the wrong number of entities', async () => {
    graph.meddle = (service, _sent, answer) => (service === 'prices' ? { data: { _entities: [] } } : answer);
    expect(errorsOf(await ask('{ books { price { amount } } }'))).toEqual([
      { path: ['books'], code: 'SUBGRAPH_UNAVAILABLE' },
    ]);
    graph.meddle = () => ({});
    expect(errorsOf(await ask('{ kind }'))).toEqual([{ path: ['kind'], code: 'SUBGRAPH_UNAVAILABLE' }]);
    expect(graph.logged).toEqual([
      [{ subgraph: 'prices' }, expect.any(String)],
      [{ subgraph: 'catalog' }, expect.any(String)],
    ]);
  });
});

describe('an answer that is nested deeper than a stack', () => {
  const deep = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  it.each(['grid', 'strict', 'matrix'])(
    'costs its part, where %s should be, and not the process',
    async (key) => {
      graph.meddle = (service, _sent, answer) => {
        const shelves = answer.data?.['shelves'];
        if (service === 'catalog' && Array.isArray(shelves)) {
          for (const shelf of shelves as Record<string, unknown>[]) shelf[key] = deep(200_000);
        }
        return answer;
      };
      const result = await ask(
        '{ shelves { sign grid { price { amount } } strict { ... on Book { weight } } matrix } kind }',
      );
      expect(result.data).toHaveProperty('kind', 'BOOK');
      expect(errorsOf(result).length).toBeGreaterThan(0);
    },
  );
});

describe('answers', () => {
  it('keep the order in which the client asked, whatever comes from where', async () => {
    const text =
      'query ($a: Boolean!) { me { tags ...B name @include(if: $a) id } } fragment B on Person { b: name @include(if: $a) id }';
    expect(JSON.stringify((await ask(text, { a: false })).data)).toBe('{"me":{"tags":["x"],"id":"p1"}}');
    expect(JSON.stringify((await ask(text, { a: true })).data)).toBe(
      '{"me":{"tags":["x"],"b":"Ada","id":"p1","name":"Ada"}}',
    );
  });

  it('[gateway A23] hold keys that are names of prototypes, and nothing that was not asked for', async () => {
    graph.meddle = (_service, _sent, answer) =>
      JSON.parse(
        JSON.stringify(answer).replace('{"constructor"', '{"__proto__":{"polluted":1},"constructor"'),
      ) as typeof answer;
    const { data } = await graph.compiled({
      document: parse('{ me { constructor: name toString: tags } }'),
      text: 'prototype',
    });
    expect(JSON.stringify(data)).toBe('{"me":{"constructor":"Ada","toString":["x"]}}');
    expect(data).not.toHaveProperty('me.valueOf');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    graph.meddle = () => ({ data: { me: { friends: [{}] } } });
    expect(await ask('{ me { friends { hasOwnProperty: name } } }')).toEqual({
      data: { me: { friends: [{ hasOwnProperty: null }] } },
    });
  });

  it('mix introspection with data', async () => {
    const text =
      'query ($name: String!) { me { name } __schema { queryType { name } } t: __type(name: $name) { ...N enumValues { name } } t: __type(name: $name) { kind } } fragment N on __Type { name }';
    expect((await ask(text, { name: 'Kind' })).data).toEqual({
      me: { name: 'Ada' },
      __schema: { queryType: { name: 'Query' } },
      t: { name: 'Kind', enumValues: [{ name: 'BOOK' }, { name: 'TOY' }], kind: 'ENUM' },
    });
    expect((await ask('{ __typename t: __typename }')).data).toEqual({ __typename: 'Query', t: 'Query' });
  });

  it('know an object by its type where a subgraph knows the interface alone', async () => {
    const { data } = await ask(
      '{ cheapest { ... on Book { __typename stock } neighbour { __typename name } } rarest { stock } }',
    );
    expect(data).toEqual({
      cheapest: { __typename: 'Book', stock: 49, neighbour: { __typename: 'Book', name: 'book 0' } },
      rarest: { stock: 50 },
    });
  });
});

describe('what is compiled', () => {
  it('[gateway A13] belongs to the document that was planned, whoever asks with which variables', async () => {
    const text = (count: number) =>
      `query (${Array.from({ length: count }, (_one, at) => `$v${at}: Boolean!`).join(' ')}) { me { ${Array.from({ length: count }, (_one, at) => `n${at}: name @include(if: $v${at})`).join(' ')} id } }`;
    const six = text(6);
    // More combinations than are kept, in an order that comes back to each.
    for (let round = 0; round < 3; round++) {
      for (let bits = 0; bits < 64; bits++) {
        const chosen = Array.from({ length: 6 }, (_one, at) => ((bits >> at) & 1) === 1);
        const { data } = await ask(six, Object.fromEntries(chosen.map((value, at) => [`v${at}`, value])));
        const names = chosen.flatMap((value, at) => (value ? [[`n${at}`, 'Ada']] : []));
        expect(data).toEqual({ me: { ...(Object.fromEntries(names) as object), id: 'p1' } });
      }
    }
  });

  it('is no subscription', async () => {
    await expect(ask('subscription { me { name } }')).rejects.toThrow();
    expect(graph.sent).toEqual([]);
  });
});

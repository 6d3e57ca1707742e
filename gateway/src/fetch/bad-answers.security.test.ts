// What a subgraph says is not believed: not its types, not its depth, not its keys, not its errors. The hole is an answer
// that reaches into the process, or passes on what is not the client's to know.
import type { TestGraph } from '../test-graph/open-test-graph.ts';
import {
  answerText,
  LEAKS,
  OddStage,
  query,
  services,
  staff,
  type OddSubgraph,
} from './odd-subgraph-for-tests.ts';

describe.each(['stock', 'compiled'] as const)('behind the %s executor, a subgraph', (executor) => {
  const stage = new OddStage(executor);
  let odd: OddSubgraph;
  let graph: TestGraph;
  beforeEach(async () => void ({ odd, graph } = await stage.prepare()));
  afterAll(() => stage.close());

  it.each<[string, unknown, unknown]>([
    ['a text for a list', 'none', null],
    ['a number for a list', 7, null],
    ['an object for a list', { name: 'a' }, null],
    ['rows that are none', ['a', 1, true], undefined],
    ['a list of lists', [[{ name: 'a' }]], undefined],
    ['an object for a text', [{ name: { secret: 1 }, minutes: 1, again: null }], undefined],
    ['a text for a number', [{ name: 'a', minutes: 'many', again: null }], undefined],
    ['null where none may be', [{ name: null, minutes: 1, again: null }], null],
  ])('that answers %s harms nothing but that place', async (_what, rows, expected) => {
    odd.behaviour = answerText(services(rows));
    const { status, data, errors, text } = await graph.ask(query);
    // Apollo's executor throws at some of them, and the whole answer is lost; it stands aside for ours (decision 0010).
    const whole = executor === 'stock' && status === 500;
    expect(whole ? [data, errors.length] : [data?.['staff'], status]).toEqual(
      whole ? [undefined, 1] : [staff, 200],
    );
    if (!whole && expected !== undefined) expect(data?.['services']).toEqual(expected);
    expect(text).not.toMatch(/secret|valueCompletion|"many"/);
    for (const { extensions } of errors)
      expect(['INTERNAL', 'SUBGRAPH_UNAVAILABLE']).toContain(extensions['code']);
    odd.behaviour = answerText(services([]));
    expect((await graph.ask(query)).data).toEqual({ services: [], staff });
  });

  it('whose answer nests a hundred thousand deep is read as far as it was asked for, or not at all', async () => {
    const depth = 50_000;
    const nested = `${'{"again":'.repeat(depth)}null${'}'.repeat(depth)}`;
    for (const rows of [
      `[{"name":"a","again":{"name":"b","again":${nested}}}]`,
      `[{"name":"a","other":${nested}}]`,
    ]) {
      odd.behaviour = answerText(`{"data":{"services":${rows}}}`);
      const { status, data } = await graph.ask(query);
      expect([status, data?.['staff']]).toEqual([200, staff]);
    }
    odd.behaviour = answerText(`{"data":{"services":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`);
    const { status, data } = await graph.ask(query);
    expect([status, data?.['staff']]).toEqual([200, staff]);
  });

  it('with fifty thousand rows where ten are usual is answered, and the gateway goes on', async () => {
    odd.behaviour = answerText(services(Array.from({ length: 50_000 }, () => ({ name: 'a' }))));
    const { status, data } = await graph.ask(query);
    expect([status, data?.['staff']]).toEqual([200, staff]);
    expect(data?.['services']).toHaveLength(50_000);
  });

  it('[gateway A29] [gateway A30] has of its errors only sentence, path and known extensions passed on', async () => {
    odd.behaviour = answerText(
      JSON.stringify({
        data: { services: null },
        errors: [
          {
            message: 'Too many attempts.',
            path: ['services'],
            extensions: {
              code: 'RATE_LIMITED',
              retryAfterSeconds: 9,
              field: 'x',
              stacktrace: ['at secret.ts:1'],
              serviceName: 's',
              sql: 'SELECT',
            },
          },
          {
            message: 'duplicate key value violates "client_email"',
            path: ['services'],
            extensions: { code: 'X' },
          },
          {
            message: 'Cannot query field "x" on type "Y"',
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
          },
          { message: 'connect to http://10.0.0.7 failed at db.ts:7', extensions: { code: 'UNAVAILABLE' } },
          { message: 'x', extensions: { code: 'constructor' } },
          'nonsense',
        ],
      }),
    );
    const { errors, text } = await graph.ask(query);
    expect(errors).toContainEqual({
      message: 'Too many attempts.',
      path: ['services'],
      extensions: { code: 'RATE_LIMITED', field: 'x', retryAfterSeconds: 9 },
    });
    expect(errors.filter(({ extensions }) => extensions['code'] === 'INTERNAL')).toHaveLength(4);
    expect(text).not.toMatch(/stacktrace|serviceName|SELECT|client_email|type "Y"|10\.0\.0|db\.ts/);
    expect(text).not.toMatch(LEAKS);
  });

  it('[gateway A30] that floods with errors has a bounded number of them passed on, none with a service’s name', async () => {
    const error = {
      message: 'scheduling at 10.0.0.7: secret',
      path: ['services'],
      extensions: { code: 'NO' },
    };
    odd.behaviour = answerText(
      JSON.stringify({ data: { services: null }, errors: Array.from({ length: 9_000 }, () => error) }),
    );
    const { data, errors, text } = await graph.ask(query);
    expect(data).toEqual({ services: null, staff });
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(500);
    expect(text).not.toMatch(LEAKS);
  });

  it('[gateway A23] cannot reach into a prototype with its data, however it spells it', async () => {
    odd.behaviour = answerText(
      '{"data":{"services":[{"name":"a","__proto__":{"polluted":true},"\\u005f_proto__":{"polluted":true}}],"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
    );
    const { data } = await graph.ask('{ services { name } }');
    expect(data).toEqual({ services: [{ name: 'a' }] });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

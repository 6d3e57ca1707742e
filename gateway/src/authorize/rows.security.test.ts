import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, DORA } from '../test-graph/subgraphs.ts';

// What depends on the row passes the gateway, and the subgraph decides with the row in hand. The holes: a rule asked of
// the type instead of the row, and answers that reach the wrong one of many callers.
const anna: Person = { kind: 'CLIENT', id: ANNA };
const provider: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const askedFor = (field: string) =>
  graph.asked.filter(({ query }) => new RegExp(`\\b${field}\\b`).test(query));
const denied = (...path: (string | number)[]) => ({
  message: 'You may not see or do this.',
  path,
  extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
});

describe('rows', () => {
  const query = '{ visits { id notes internal paidMinor client { displayName birthday } } }';
  it('are decided by the subgraphs for what depends on them, with the path of each', async () => {
    const { data, errors } = await graph.ask(query, { as: provider });
    expect(data).toEqual({
      visits: [
        {
          id: 'v1',
          notes: 'of Anna',
          internal: null,
          paidMinor: null,
          client: { displayName: 'Anna', birthday: null },
        },
      ],
    });
    expect(errors).toHaveLength(3);
    expect(errors).toEqual(
      expect.arrayContaining([
        denied('visits', 'internal'),
        denied('visits', 0, 'paidMinor'),
        denied('visits', 0, 'client', 'birthday'),
      ]),
    );
    expect(askedFor('internal')).toEqual([]);
  });

  it('[gateway A14] are each caller’s own when many ask the same at once', async () => {
    const bert: Person = { kind: 'CLIENT', id: BERT };
    const asked = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? anna : bert));
    const answers = await Promise.all(
      asked.map((as) => graph.ask('{ viewer { displayName } visits { id notes } }', { as })),
    );
    expect(answers.map(({ data }) => data)).toEqual(
      asked.map((as) =>
        as === anna
          ? { viewer: { displayName: 'Anna' }, visits: [{ id: 'v1', notes: 'of Anna' }] }
          : { viewer: { displayName: 'Bert' }, visits: [{ id: 'v2', notes: 'of Bert' }] },
      ),
    );
  });

  it('are each caller’s own', async () => {
    const { data, errors } = await graph.ask(query, { as: anna });
    expect(data).toMatchObject({
      visits: [{ id: 'v1', notes: 'of Anna', paidMinor: 5000, client: { birthday: '1990-01-01' } }],
    });
    expect(errors).toEqual([denied('visits', 'internal')]);
  });
});

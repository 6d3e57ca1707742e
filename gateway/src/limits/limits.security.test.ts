import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';
import { LIMITS } from './check-limits.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const times = (count: number, part: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ');
const nested = (levels: number) =>
  `{ services ${'{ again '.repeat(levels - 2)}{ name }${' }'.repeat(levels - 2)} }`;

describe('an operation', () => {
  it.each([
    ['levels', nested(LIMITS.depth), nested(LIMITS.depth + 1)],
    [
      'aliases',
      `{ services { ${times(15, (at) => `a${at}: name`)} } }`,
      `{ services { ${times(16, (at) => `a${at}: name`)} } }`,
    ],
    [
      'fields at the root',
      `{ ${times(10, (at) => `${at < 9 ? `a${at}: ` : ''}services { name }`)} }`,
      `{ ${times(11, (at) => `a${at}: services { name }`)} }`,
    ],
    [
      'directives',
      `{ services { ${times(10, () => 'name @include(if: true)')} } }`,
      `{ services { ${times(11, () => 'name @include(if: true)')} } }`,
    ],
    ['entries on a page', '{ services(first: 100) { name } }', '{ services(first: 101) { name } }'],
    [
      'items in a list',
      `{ echo(list: [${times(100, () => '"a"')}]) }`,
      `{ echo(list: [${times(101, () => '"a"')}]) }`,
    ],
    [
      'tokens',
      `{ services { ${times(1_990, () => 'name')} } }`,
      `{ services { ${times(2_000, () => 'name')} } }`,
    ],
  ])('[gateway A28] has at most so many %s', async (what, fits, tooMuch) => {
    const fine = await graph.ask(fits);
    // 1990 fields are within the tokens, but more fields than one operation needs.
    expect(fine.codes).toEqual(what === 'tokens' ? ['LIMIT_EXCEEDED'] : []);
    graph.asked.splice(0);
    const refused = await graph.ask(tooMuch);
    expect([refused.status, refused.codes]).toEqual([400, ['LIMIT_EXCEEDED']]);
    expect(graph.asked).toEqual([]);
  });

  it('is counted with its fragments resolved', async () => {
    const { codes } = await graph.ask(
      `{ a: services { ...F } b: services { ...F } } fragment F on Service { ${times(8, (at) => `x${at}: name`)} }`,
    );
    expect(codes).toEqual(['LIMIT_EXCEEDED']);
    const deep = await graph.ask(
      `{ services { ...A } } fragment A on Service { again { again { again { ...B } } } } fragment B on Service { again { again { again { again { again { again { name } } } } } } }`,
    );
    expect(deep.codes).toEqual(['LIMIT_EXCEEDED']);
  });

  it('[gateway A25] cannot grow by nesting fragments: 2^24 fields are counted at once', async () => {
    const levels = times(
      24,
      (at) => `fragment F${at} on Service { ${at === 23 ? 'name' : `...F${at + 1} ...F${at + 1}`} }`,
    );
    const startedAt = performance.now();
    const { codes } = await graph.ask(`{ services { ...F0 } } ${levels}`);
    expect(codes).toEqual(['LIMIT_EXCEEDED']);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('[gateway A25] cannot grow by fragments around few fields: each one counts where it is spread', async () => {
    const nest = `fragment F on Service { ${times(200, () => '... {')} name ${times(200, () => '}')} }`;
    const { codes } = await graph.ask(`{ services { ${times(400, () => '...F')} } } ${nest}`);
    expect(codes).toEqual(['LIMIT_EXCEEDED']);
    expect(graph.asked).toEqual([]);
  });

  it('[gateway A32] is limited again when its document, plan or twin is known already', async () => {
    const query =
      'query ($first: Int, $list: [String!]) { services(first: $first) { name } echo(list: $list) }';
    expect((await graph.ask(query, { variables: { first: 5 } })).codes).toEqual([]);
    expect((await graph.ask(query, { variables: { first: 101 } })).codes).toEqual(['LIMIT_EXCEEDED']);
    expect((await graph.ask(query, { variables: { list: Array(101).fill('a') } })).codes).toEqual([
      'LIMIT_EXCEEDED',
    ]);
    const tooMuch = `{ services { ${times(16, (at) => `a${at}: name`)} } }`;
    for (let attempt = 0; attempt < 3; attempt++)
      expect((await graph.ask(tooMuch)).codes).toEqual(['LIMIT_EXCEEDED']);
  });

  it('[gateway A32] has pages of at most so many entries, also where a variable stands on its default', async () => {
    const query = 'query ($first: Int = 101) { services(first: $first) { name } }';
    expect((await graph.ask(query)).codes).toEqual(['LIMIT_EXCEEDED']);
    expect(graph.asked).toEqual([]);
    expect((await graph.ask(query, { variables: { first: 5 } })).codes).toEqual([]);
  });

  it('has variables nested at most so deep', async () => {
    let input: object = { text: 'x' };
    for (let level = 0; level < 20; level++) input = { more: input };
    const { codes } = await graph.ask('query ($input: EchoInput) { echo(input: $input) }', {
      variables: { input },
    });
    expect(codes).toEqual(['LIMIT_EXCEEDED']);
  });

  it('signs in once: aliases and fragments are no dictionary attack', async () => {
    const guess = (at: number) => `g${at}: signIn(name: "anna", code: "${at}") { token }`;
    expect((await graph.ask(`mutation { ${guess(1)} ${guess(2)} }`)).codes).toEqual(['LIMIT_EXCEEDED']);
    const spread = `mutation { ${guess(1)} ...F } fragment F on Mutation { ${guess(2)} }`;
    expect((await graph.ask(spread)).codes).toEqual(['LIMIT_EXCEEDED']);
    expect(graph.asked).toEqual([]);
    expect((await graph.ask(`mutation { ${guess(1)} }`)).data).toEqual({ g1: { token: 'token' } });
  });

  it('holds no more than ten operations in its document', async () => {
    const query = times(11, (at) => `query Q${at} { services { name } }`);
    expect((await graph.ask(query, { operationName: 'Q1' })).codes).toEqual(['LIMIT_EXCEEDED']);
  });
});

import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';

// What depends on the text alone is worked out once. A cache is a way around a check when what it holds was never
// checked, or was checked for something else: another operation of the text, another name, other variables (A32).
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());

const two =
  'query A { services { name } } query B { services { minutes } } mutation C { openVault { content } }';

describe('a prepared operation', () => {
  it('is the one that was named, in whichever order the operations of a text are asked for', async () => {
    for (const operationName of ['A', 'B', 'A', 'B']) {
      const { data } = await graph.ask(two, { operationName });
      expect(data).toEqual({
        services: [operationName === 'A' ? { name: 'Massage' } : { minutes: 50 }],
      });
    }
    const { codes } = await graph.ask(two, { operationName: 'C' });
    expect(codes).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });

  it('[gateway A32] is refused without a name, or with one that the text does not have, however often it was asked with one', async () => {
    await graph.ask(two, { operationName: 'A' });
    for (const operationName of [undefined, 'D', 'a', 'A ', `A\n${two}`]) {
      const { status, codes } = await graph.ask(two, operationName === undefined ? {} : { operationName });
      expect([operationName, status, codes]).toEqual([operationName, 400, ['BAD_INPUT']]);
    }
  });

  it('[gateway A32] is never taken for a text that is its name and itself', async () => {
    const text = '{ services { name } }';
    const named = `query Q ${text}`;
    expect((await graph.ask(named, { operationName: 'Q' })).codes).toEqual([]);
    for (const other of [`Q\n${named}`, `Q\0${named}`, `\0${named}`]) {
      expect((await graph.ask(other)).status).toBe(400);
    }
  });

  it('[gateway A32] is refused each time that it is refused: no refusal turns into an answer', async () => {
    for (const bad of ['{ nothing }', '{ services { name }', `{ ${'services { name } '.repeat(11)} }`]) {
      const answers = await Promise.all([1, 2, 3].map(() => graph.ask(bad)));
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    }
  });

  it('[gateway A25] is refused by its length before anything looks at it', async () => {
    const comment = (characters: number) => `{ services { name } } #${'x'.repeat(characters)}`;
    expect((await graph.ask(comment(65_000))).codes).toEqual([]);
    expect((await graph.ask(comment(65_536))).codes).toEqual(['LIMIT_EXCEEDED']);
  });
});

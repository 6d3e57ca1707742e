import { openTestGraph, passportKeyOf, type TestGraph } from '../test-graph/open-test-graph.ts';
import { answerText, startOddSubgraph, type OddSubgraph } from './odd-subgraph-for-tests.ts';

let odd: OddSubgraph;
let graph: TestGraph;
beforeEach(async () => {
  odd = await startOddSubgraph();
  graph = await openTestGraph({}, { scheduling: { url: odd.url, key: passportKeyOf('scheduling') } });
});
afterEach(async () => {
  odd.stop();
  await graph.stop();
});
const page = async (name: string) => {
  const response = await fetch(`${graph.url}/health/${name}`);
  return { status: response.status, text: await response.text() };
};
const of = Object.keys({ identity: 1, scheduling: 1, payments: 1 }).length;

it('is ready with all parts, asks them once for everybody who wants to know, and signs the question', async () => {
  let passports = 0;
  odd.behaviour = (request, response, attempt) => {
    if (request.headers['kept-passport']) passports += 1;
    answerText('{"data":{"__typename":"Query"}}')(request, response, attempt);
  };
  const answers = await Promise.all(Array.from({ length: 8 }, () => page('ready')));
  for (const { status, text } of answers) {
    expect([status, JSON.parse(text)]).toEqual([200, { status: 'ready', subgraphs: { answering: of, of } }]);
  }
  expect([odd.attempts, passports]).toEqual([1, 1]);
});

it('stays in service, and says so, while one part is away; and names none of them', async () => {
  odd.behaviour = answerText('<h1>down</h1>', { status: 502, type: 'text/html' });
  const { status, text } = await page('ready');
  expect([status, JSON.parse(text)]).toEqual([
    200,
    { status: 'degraded', subgraphs: { answering: of - 1, of } },
  ]);
  expect(text).not.toMatch(/scheduling|identity|payments|127/);
  expect(graph.logged.some((line) => line.includes('scheduling') && line.includes('does not answer'))).toBe(
    true,
  );
});

it('is alive without asking anybody', async () => {
  expect(await page('live')).toEqual({ status: 200, text: '{"status":"alive"}' });
  expect(odd.attempts).toBe(0);
});

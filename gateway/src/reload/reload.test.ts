import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@kept/testing';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';

const directory = mkdtempSync(join(tmpdir(), 'kept-reload-'));
const file = join(directory, 'supergraph.graphql');
let graph: TestGraph;

beforeEach(async () => {
  rmSync(file, { force: true });
  graph = await openTestGraph({ supergraphFile: file, reloadEveryMs: 20 });
});
afterEach(() => graph.stop());
afterAll(() => rmSync(directory, { recursive: true }));

// As a deployment puts it: at once, never half written.
const put = (text: string) => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

const NAMES = 'query Names { staff { id displayName } }';
/** The same graph, but the names of staff are for managers. */
const stricter = () => {
  const changed = graph.supergraphSdl.replace(
    /(type StaffMember [^{]*\{[^}]*displayName: String)/,
    '$1 @access(allow: [MANAGER])',
  );
  expect(changed).not.toBe(graph.supergraphSdl);
  return changed;
};
const logged = (text: string) => graph.logged.some((line) => line.includes(text));
const codesNow = async () => (await graph.ask(NAMES)).codes;

it('takes up a new supergraph in one step, while requests go on', async () => {
  expect(await codesNow()).toEqual([]);
  const answers: { status: number; codes: readonly unknown[] }[] = [];
  put(stricter());
  // One request after the other, without a pause, until the new graph answers.
  await eventually(async () => answers[answers.push(await graph.ask(NAMES)) - 1]?.codes.length === 1, {
    everyMs: 1,
  });
  const kinds = new Set(answers.map(({ status, codes }) => `${status} ${codes.join()}`));
  // Every answer is wholly of the old graph or wholly of the new one.
  expect([...kinds].toSorted()).toEqual(['200 ', '200 UNAUTHORIZED_FIELD_OR_TYPE']);
});

it('passports carry the version of the policy that decided', async () => {
  await graph.ask(NAMES);
  const versions = () => new Set(graph.asked.map(({ passport }) => passport).filter(Boolean));
  const before = versions().size;
  put(stricter());
  await eventually(() => logged('a new supergraph is in use'));
  await graph.ask('{ staff { id } }');
  expect(versions().size).toBeGreaterThan(before);
});

it('plans what is in use before anybody asks for it, and asks nobody for that', async () => {
  await graph.ask(NAMES);
  await graph.ask('query Echo($text: String!) { echo(text: $text) }', { variables: { text: 'a' } });
  const asked = graph.asked.length;
  const withoutEcho = graph.supergraphSdl.replace(/\n[^\n]*Says it again[^\n]*\n[^\n]*echo\([^\n]*/, '');
  expect(withoutEcho).not.toBe(graph.supergraphSdl);
  put(withoutEcho);
  await eventually(() => logged('a new supergraph is in use'));
  expect(graph.asked).toHaveLength(asked);
  // Only what no longer fits is named: the other was planned.
  const warning = graph.logged.find((line) => line.includes('do not fit the new supergraph'));
  expect(warning).toContain('"Echo"');
  expect(warning).not.toContain('Names');
  expect(
    (await graph.ask('query Echo($text: String!) { echo(text: $text) }', { variables: { text: 'a' } })).codes,
  ).toEqual(['GRAPHQL_VALIDATION_FAILED']);
});

it.each([
  ['is no GraphQL', () => 'type Query {'],
  ['is cut off in the middle', () => graph.supergraphSdl.slice(0, graph.supergraphSdl.length / 2)],
  [
    'names a subgraph without an address',
    () => graph.supergraphSdl.replaceAll('name: "payments"', 'name: "strangers"'),
  ],
  ['is empty', () => ''],
])('goes on with the old one when the new one %s, and says so once', async (_what, broken) => {
  put(broken());
  await eventually(() => logged('the new supergraph cannot be used'));
  expect(await codesNow()).toEqual([]);
  // And it takes up the next good one.
  put(stricter());
  await eventually(async () => (await codesNow()).length > 0);
  expect(graph.logged.filter((line) => line.includes('cannot be used'))).toHaveLength(1);
});

// The hole this keeps closed: Node leaves out, without a word, what comes after so many headers. Whoever sends enough of them
// makes the one disappear that a proxy of ours puts behind them, and comes from where the proxy stands.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@kept/testing';
import { limitsWith } from '../limits/settings.ts';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-headers-'));
const rulesFile = join(folder, 'rules.json');
let graph: TestGraph;
beforeAll(async () => {
  writeFileSync(rulesFile, JSON.stringify({ rules: [{ name: 'abuse', deny: ['203.0.113.0/24'] }] }));
  graph = await openTestGraph({ trustedProxies: 1, limits: { settings: limitsWith(), rulesFile } });
});
afterAll(async () => {
  await graph.stop();
  rmSync(folder, { recursive: true });
});

/** As a proxy hands it on: the client's own headers, and where it came from behind them. */
async function statusWith(headers: number): Promise<number> {
  const { hostname, port } = new URL(graph.url);
  const body = JSON.stringify({ query: '{ services { name } }' });
  const junk = Array.from({ length: headers }, (_, at) => `x-${at}: 1\r\n`).join('');
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1'))).on('error', () => undefined);
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${junk}x-forwarded-for: 203.0.113.7\r\n\r\n${body}`,
  );
  const status = await eventually(() => /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  socket.destroy();
  return Number(status);
}

it.each([
  [0, 403],
  [90, 403],
  [95, 403],
  [96, 400],
  [97, 400],
  [500, 400],
])(
  '[SES-03] with %d headers of their own a client does not come from elsewhere: %d',
  async (count, status) => {
    expect(await statusWith(count)).toBe(status);
    expect(graph.asked).toEqual([]);
  },
);

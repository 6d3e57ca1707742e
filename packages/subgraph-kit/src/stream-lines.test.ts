import { get } from 'node:http';
import { eventually } from '@kept/testing';
import { listen } from './http-server.ts';
import { openLog } from './log.ts';

const log = openLog({ service: 'test', level: 'silent' });
const headers = { 'content-type': 'application/x-ndjson' };

/** A server with one route of lines; `state` says what its producer has lived through. */
async function serveLines(lines: (signal: AbortSignal, state: { ended: boolean }) => AsyncIterable<string>) {
  const state = { ended: false };
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    log,
    routes: [
      {
        method: 'GET',
        path: '/lines',
        handle: () => ({ status: 200, headers, lines: (signal) => lines(signal, state) }),
      },
    ],
  });
  return { ...server, state };
}

async function* untilGone(signal: AbortSignal, state: { ended: boolean }) {
  yield 'one';
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  state.ended = true;
}

it('gives each line as it comes, and ends with the last', async () => {
  const server = await serveLines(async function* () {
    yield 'one';
    await Promise.resolve();
    yield 'two';
  });
  const response = await fetch(`${server.url}/lines`);
  expect([response.headers.get('content-type'), await response.text()]).toEqual([
    'application/x-ndjson',
    'one\ntwo\n',
  ]);
  await server.stop();
});

it('is told when its reader has gone', async () => {
  const server = await serveLines(untilGone);
  const first = await new Promise<string>((resolve) => {
    const request = get(`${server.url}/lines`, (response) => {
      response.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
        request.destroy();
      });
    });
  });
  await eventually(() => server.state.ended);
  expect(first).toBe('one\n');
  await server.stop();
});

it('does not hold up a stop', async () => {
  const server = await serveLines(untilGone);
  const response = await fetch(`${server.url}/lines`);
  const rest = response.text();
  await server.stop();
  expect([await rest, server.state.ended]).toEqual(['one\n', true]);
});

it('breaks the connection when it fails, so that nobody takes a part for the whole', async () => {
  const server = await serveLines(async function* () {
    yield 'one';
    await Promise.resolve();
    throw new Error('the database has gone');
  });
  await expect(fetch(`${server.url}/lines`).then((response) => response.text())).rejects.toThrow();
  await server.stop();
});

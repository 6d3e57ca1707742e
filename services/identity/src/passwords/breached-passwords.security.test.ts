// The hole this keeps closed: asking whether a password was stolen tells somebody the password, or keeps people out when
// nobody answers.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOutbound } from '@kept/outbound';
import { openLog } from '@kept/subgraph-kit';
import { openBreachedPasswords } from './breached-passwords.ts';

const sha1 = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();
const log = openLog({ service: 'identity', level: 'silent' });
const STOLEN = 'Stolen-Elsewhere-77';
let directory: string;
let server: Server;
let url: string;
let answer: (prefix: string) => { status: number; body: string };
const asked: { url: string; body: string; headers: string }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kept-breached-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      asked.push({ url: request.url ?? '', body, headers: JSON.stringify(request.headers) });
      const answered = answer((request.url ?? '').slice('/range/'.length));
      response.writeHead(answered.status).end(answered.body);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`;
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => void asked.splice(0));

const service = () =>
  openBreachedPasswords({ range: { url, outbound: openOutbound({ development: true }) }, log });

it.each([
  ['\n', true],
  ['\r\n', true],
  ['\n', false],
])(
  '[AUT-03] finds every line of a file of stolen passwords, and nothing else (%j, last one ended: %s)',
  async (end, isEnded) => {
    const stolen = Array.from({ length: 300 }, (_, turn) => `Stolen-${turn}`);
    const lines = stolen
      .map((password, turn) => `${sha1(password)}:${turn ** 4}`)
      .toSorted((a, b) => (a < b ? -1 : 1));
    const file = join(directory, `list-${end.length}-${String(isEnded)}.txt`);
    await writeFile(file, lines.join(end) + (isEnded ? end : ''));
    const breached = await openBreachedPasswords({ file, log });
    for (const password of stolen) expect([password, await breached.has(password)]).toEqual([password, true]);
    for (const password of stolen) expect(await breached.has(`${password}!`)).toBe(false);
    await breached.stop();
  },
);

it('[AUT-03] tells the service five characters of a hash and nothing else', async () => {
  const hash = sha1(STOLEN);
  answer = () => ({ status: 200, body: `${'0'.repeat(35)}:7\r\n${hash.slice(5)}:12\r\n` });
  const breached = await service();
  expect(await breached.has(STOLEN)).toBe(true);
  expect(await breached.has('Tidal-Lantern-49-Orchard')).toBe(false);
  expect(asked.map(({ url: path }) => path)).toEqual([
    `/range/${hash.slice(0, 5)}`,
    `/range/${sha1('Tidal-Lantern-49-Orchard').slice(0, 5)}`,
  ]);
  for (const { body, headers } of asked) {
    expect(body).toBe('');
    expect(headers.toUpperCase()).not.toContain(hash.slice(5));
    expect(headers).not.toContain(STOLEN);
  }
  // Lines that pad the answer stand for nothing.
  answer = () => ({ status: 200, body: `${hash.slice(5)}:0\r\n` });
  expect(await breached.has(STOLEN)).toBe(false);
  expect(breached.failures()).toBe(0);
  await breached.stop();
});

it('[AUT-03] keeps nobody out when the service fails, and counts it', async () => {
  answer = () => ({ status: 503, body: '' });
  const breached = await service();
  expect(await breached.has(STOLEN)).toBe(false);
  expect(await breached.has(STOLEN)).toBe(false);
  expect(breached.failures()).toBe(2);
  await breached.stop();
});

it('asks nobody unless an operator says whom', async () => {
  const breached = await openBreachedPasswords({ log });
  expect(await breached.has(STOLEN)).toBe(false);
  expect([asked, breached.failures()]).toEqual([[], 0]);
  await breached.stop();
});

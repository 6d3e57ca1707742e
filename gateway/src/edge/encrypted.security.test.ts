// What it keeps closed: tokens and people's data read off the wire on their way to the gateway, and a browser that is
// talked into coming without encryption.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { request as plainRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineCertificate, type MachineCertificate } from '@kept/local-stack/certificate';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';
import { redirectPlain } from './redirect-plain.ts';

const directory = mkdtempSync(join(tmpdir(), 'kept-edge-tls-'));
let tls: MachineCertificate;
let graph: TestGraph;

beforeAll(async () => {
  tls = await machineCertificate(directory, new Date());
  graph = await openTestGraph({ tls });
});
afterAll(async () => {
  await graph.stop();
  rmSync(directory, { recursive: true });
});

const ask = (options: RequestOptions = {}) =>
  new Promise<{ status: number; strict: string; text: string }>((resolve, reject) => {
    const how = { method: 'POST', headers: { 'content-type': 'application/json' }, agent: false };
    const call = request(`${graph.url}/graphql`, {
      ...how,
      ca: readFileSync(tls.certificateFile),
      ...options,
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        const strict = String(response.headers['strict-transport-security']);
        resolve({ status: response.statusCode ?? 0, strict, text });
      });
    });
    call.end(JSON.stringify({ query: '{ staff { displayName } }' }));
  });

it('[ENC-01] answers over TLS, and tells browsers to come no other way for a year', async () => {
  const { status, strict, text } = await ask();
  expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('Dora') });
  expect(strict).toBe('max-age=31536000; includeSubDomains');
});

it('[ENC-01] hangs up on a request that is not encrypted', async () => {
  const heard = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(graph.url).port), '127.0.0.1', () =>
      socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}'),
    );
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
  expect(heard).not.toMatch(/HTTP\/1\.1 200|data/);
});

describe('the unencrypted port', () => {
  const told = (port: number, host: string, path = '/graphql') =>
    new Promise<{ status: number; location: string | undefined }>((resolve, reject) => {
      // A body that never ends: whoever waits for it would wait for ever.
      const call = plainRequest({ port, path, method: 'POST', headers: { host, 'content-length': 100 } });
      call.on('error', reject);
      call.on('response', ({ statusCode, headers }) => {
        resolve({ status: statusCode ?? 0, location: headers.location });
        call.destroy();
      });
      call.write('{"query":');
    });

  it('[ENC-01] redirects before the body has been read, and only to the same name', async () => {
    const plain = await redirectPlain({ host: '127.0.0.1', port: 0, securePort: 4443 });
    try {
      expect(await told(plain.port, 'kept.example')).toEqual({
        status: 308,
        location: 'https://kept.example:4443/graphql',
      });
      expect((await told(plain.port, 'kept.example:80', '/a?token=secret')).location).toBe(
        'https://kept.example:4443/',
      );
      expect(await told(plain.port, 'kept.example/@evil.example')).toEqual({
        status: 400,
        location: undefined,
      });
    } finally {
      await plain.stop();
    }
  });
});

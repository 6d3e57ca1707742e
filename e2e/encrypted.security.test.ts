// What it keeps closed: data of appointments and accounts read off any wire of the product. `npm start -- --tls` with a
// Redis that speaks TLS alone: every listener refuses or redirects what is not encrypted, and the product works.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { machineCertificate, type MachineCertificate } from '@kept/local-stack';
import { describeWithRedis, eventually, quickFolder, redisForTests, type TestRedis } from '@kept/testing';
import { mailArrives } from './mailbox.ts';
import { RIVERSIDE } from './stack.ts';

const root = join(import.meta.dirname, '..');
const directory = quickFolder('kept-encrypted-');
// Below the ports that systems hand out to outgoing connections.
const port = 10_000 + Math.floor(Math.random() * 15_000);
const longMs = 180_000;

interface StackFile {
  graphUrl: string;
  mailUrl: string;
  services: Record<string, string>;
  databases: Record<string, { appUrl: string }>;
}

let certificate: MachineCertificate;
let redis: TestRedis | null;
let launcher: ChildProcess;
let said = '';
let stack: StackFile;

function send(
  url: string,
  { method = 'GET', body = '' } = {},
): Promise<{ status: number; strict: string; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'kept-organization': RIVERSIDE };
    const ca = readFileSync(certificate.certificateFile);
    const call = request(url, { method, headers, ca, agent: false });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        const strict = String(response.headers['strict-transport-security']);
        resolve({ status: response.statusCode ?? 0, strict, text });
      });
    });
    call.end(body);
  });
}

const ask = (query: string, variables = {}) =>
  send(stack.graphUrl, { method: 'POST', body: JSON.stringify({ query, variables }) });

/** What a listener says to bytes that are not TLS. */
const heardInTheClear = (at: number, bytes: string) =>
  new Promise<string>((resolve) => {
    const socket = connectPlainly(at, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('close', () => resolve(text));
  });

const protocolAt = (at: number, maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
  new Promise<string>((resolve) => {
    const options = { port: at, host: '127.0.0.1', minVersion: 'TLSv1', maxVersion } as const;
    const socket = connect({ ...options, ca: readFileSync(certificate.certificateFile) }, () => {
      resolve(String(socket.getProtocol()));
      socket.destroy();
    });
    socket.on('error', () => resolve('refused'));
  });

describeWithRedis('npm start -- --tls', () => {
  beforeAll(async () => {
    certificate = await machineCertificate(join(directory, 'tls'), new Date());
    redis = await redisForTests(certificate);
    const words = ['scripts/start.mjs', '--tls', '--port', String(port), '--directory', directory];
    const env = { ...process.env, REDIS_URL: redis?.url };
    launcher = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [launcher.stdout, launcher.stderr])
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually(
      () => {
        if (launcher.exitCode !== null) throw new Error(`It ended:\n${said}`);
        return said.includes('Kept is running');
      },
      { withinMs: longMs },
    );
    stack = JSON.parse(readFileSync(join(directory, 'stack.json'), 'utf8')) as StackFile;
  }, longMs);
  afterAll(async () => {
    const ended = new Promise((resolve) => launcher.once('close', resolve));
    launcher.kill('SIGTERM');
    await ended;
    await redis?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, longMs);

  const processes = (): [string, number][] =>
    [stack.graphUrl, ...Object.values(stack.services)].map((url) => [url, Number(new URL(url).port)]);

  it('[ENC-01] no process answers what is not encrypted, and none speaks anything older than TLS 1.2', async () => {
    expect(processes()).toHaveLength(5);
    for (const [url, at] of processes()) {
      expect(url).toMatch(/^https:/);
      const heard = await heardInTheClear(
        at,
        'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}',
      );
      expect(heard).not.toMatch(/HTTP\/1\.1 2|data|errors/);
      expect(await protocolAt(at, 'TLSv1.1')).toBe('refused');
      expect(await protocolAt(at, 'TLSv1.2')).toBe('TLSv1.2');
      expect(await protocolAt(at, 'TLSv1.3')).toBe('TLSv1.3');
    }
  });

  it('[ENC-01] PostgreSQL and Redis refuse what is not encrypted', async () => {
    const database = new URL(stack.databases['scheduling']?.appUrl ?? '');
    expect(database.searchParams.get('sslmode')).toBe('verify-full');
    // A startup message of protocol 3.0 without TLS before it.
    const parameters = Buffer.from('user\0kept_scheduling\0database\0kept_scheduling\0\0');
    const head = Buffer.alloc(8);
    head.writeInt32BE(parameters.length + 8, 0);
    head.writeInt32BE(196_608, 4);
    const heard = await heardInTheClear(
      Number(database.port),
      Buffer.concat([head, parameters]).toString('latin1'),
    );
    expect(heard).toMatch(/no encryption/);
    expect(await heardInTheClear(Number(new URL(redis?.url ?? '').port), 'PING\r\n')).not.toContain('PONG');
  });

  it('[ENC-01] tells browsers to stay encrypted, and services answer nobody without a passport', async () => {
    expect((await send(`${new URL(stack.graphUrl).origin}/health/live`)).strict).toMatch(/^max-age=31536000/);
    for (const url of Object.values(stack.services)) {
      const { status } = await send(`${url}/graphql`, {
        method: 'POST',
        body: '{"query":"{ _service { sdl } }"}',
      });
      expect(status).toBe(401);
    }
  });

  it('[ENC-01] and with all of that it works: a read, and a mail that went through every queue', async () => {
    expect((await ask('{ services { name } }')).text).toContain('First consultation');
    const email = `tls-${port}@example.org`;
    const input = {
      email,
      password: 'correct-Horse-battery-7!',
      displayName: 'Tess',
      phone: '+442079460000',
    };
    const signedUp = await ask('mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
      input,
    });
    expect(signedUp.text).toContain('SignUpAccepted');
    await mailArrives(stack.mailUrl, email, /code|confirm/i);
  });
});

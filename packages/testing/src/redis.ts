import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { connect as connectEncrypted } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { findProgram } from './find-program.ts';

/** A Redis for one suite. `stop` ends it only when it was started here. */
export interface TestRedis {
  url: string;
  /** `false` for the server of `REDIS_URL`, which others may be using: do not flush it. */
  own: boolean;
  stop(): Promise<void>;
}

const findRedis = (): string | undefined => findProgram('redis-server', 'valkey-server');

/** Whether suites that need Redis can run here; known before any test is declared. */
export function redisIsAvailable(): boolean {
  return Boolean(process.env['REDIS_URL'] ?? findRedis());
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}

// Whether the certificate is right is not asked here: only whether somebody is there.
function answersPing(port: number, encrypted: boolean): Promise<boolean> {
  return new Promise((done) => {
    const place = { port, host: '127.0.0.1' };
    const greet = (): void => void socket.write('PING\r\n');
    const socket = encrypted
      ? connectEncrypted({ ...place, rejectUnauthorized: false }, greet)
      : createConnection(place, greet);
    const end = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });
}

/**
 * `REDIS_URL`, or else a server of our own from the PATH on a random port, or else `null`. With a certificate always our
 * own, which then takes TLS connections only.
 */
export async function redisForTests(certificate?: {
  certificateFile: string;
  keyFile: string;
}): Promise<TestRedis | null> {
  const given = process.env['REDIS_URL'];
  if (given && !certificate) return { url: given, own: false, stop: () => Promise.resolve() };
  const program = findRedis();
  if (!program) return null;
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'kept-redis-'))];
  const listening = certificate
    ? ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'].concat(
        ['--tls-cert-file', certificate.certificateFile, '--tls-key-file', certificate.keyFile],
        ['--tls-ca-cert-file', certificate.certificateFile],
      )
    : ['--port', String(port)];
  const settings = [...listening, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(program, [...settings, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('close', done));
  const kill = (): void => void child.kill('SIGKILL'); // nothing is kept, so nothing is lost
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(() => answersPing(port, certificate !== undefined), { withinMs: 10_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `${certificate ? 'rediss' : 'redis'}://127.0.0.1:${port}`, own: true, stop };
}

/** A suite that needs Redis: without one it says so, and its tests count as skipped. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (redisIsAvailable()) return describe(name, suite);
  // Continuous integration installs Redis first; a suite left out there must not look like one that passed.
  if (process.env['KEPT_REQUIRE_REDIS'] === '1') {
    return describe(name, () => {
      it('needs Redis', () => {
        throw new Error('There is no redis-server or valkey-server on the PATH, and REDIS_URL is not set.');
      });
    });
  }
  process.stdout.write(`skipped: needs Redis: ${name}\n`);
  return describe.skip(name, suite);
}

/** A real CalDAV server for one suite: Debian's radicale, as a child process in a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { findProgram } from './find-program.ts';

export interface Radicale {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Sends a request as the user. */
  send(method: string, path: string, body?: string): Promise<Response>;
  stop(): Promise<void>;
}

/** Starts it with one user. */
export async function radicaleForTests(): Promise<Radicale> {
  const program = findProgram('radicale');
  if (program === undefined) throw new Error('There is no radicale on the PATH.');
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'kept-radicale-'))];
  const [user, password] = ['dora', 'an app password: öffne dich'];
  await writeFile(join(folder, 'users'), `${user}:${password}\n`, { mode: 0o600 });
  const settings = `[server]
hosts = 127.0.0.1:${port}
[auth]
type = htpasswd
htpasswd_filename = ${join(folder, 'users')}
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = ${join(folder, 'collections')}
`;
  await writeFile(join(folder, 'config'), settings);
  const child = spawn(program, ['--config', join(folder, 'config')], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('close', done));
  const kill = (): void => void child.kill('SIGKILL'); // nothing is kept, so nothing is lost
  process.once('exit', kill);
  const url = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const radicale: Radicale = {
    url,
    user,
    password,
    send: (method, path, body) =>
      fetch(`${url}${path}`, { method, headers: { authorization }, ...(body !== undefined && { body }) }),
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await eventually(async () => (await radicale.send('OPTIONS', '/')).ok, { withinMs: 20_000 });
  } catch (error) {
    await radicale.stop();
    throw error;
  }
  return radicale;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** A suite that needs radicale: without it, it says so, and its tests count as skipped. */
export function describeWithRadicale(name: string, suite: () => void): void {
  if (findProgram('radicale') !== undefined) return describe(name, suite);
  // Continuous integration installs it first where it can; a suite left out there must not look like one that passed.
  if (process.env['KEPT_REQUIRE_RADICALE'] === '1') {
    return describe(name, () => {
      it('needs radicale', () => {
        throw new Error('There is no radicale on the PATH.');
      });
    });
  }
  process.stdout.write(`skipped: needs radicale (apt-get install radicale): ${name}\n`);
  return describe.skip(name, suite);
}

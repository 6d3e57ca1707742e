import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '@kept/local-stack';
import pg from 'pg';

/** A server to race on; `name` says which PostgreSQL it is. */
export interface RaceServer {
  readonly name: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** PostgreSQL 18 from npm, as the product runs it. */
export async function embeddedServer(): Promise<RaceServer> {
  const folder = await mkdtemp(join(tmpdir(), 'kept-herd-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs under another account
  const server = await startPostgres({ dataDirectory: join(folder, 'data'), maxConnections: 100 });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { name: 'PostgreSQL 18', adminUrl: server.adminUrl, stop };
}

/** The oldest PostgreSQL we promise to run on, if this machine has one where Debian puts it; null elsewhere. */
export async function oldestServer(): Promise<RaceServer | null> {
  const programs = '/usr/lib/postgresql/15/bin';
  if (!existsSync(join(programs, 'postgres')) || !existsSync(join(programs, 'initdb'))) return null;
  const account = process.getuid?.() === 0 ? ownerOf('postgres') : null;
  const folder = await mkdtemp(join(tmpdir(), 'kept-herd-15-'));
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  if (account !== null) {
    await chown(folder, account.uid, account.gid);
    await chown(data, account.uid, account.gid);
  }
  const options = { ...account, stdio: 'ignore', env: { LC_ALL: 'C' }, cwd: folder } as const;
  const made = spawn(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N'], options);
  const [code] = (await once(made, 'exit')) as [number | null];
  if (code !== 0) throw new Error('PostgreSQL 15 could not make its data directory.');
  const port = await freePort();
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: 100 };
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...pairs], { ...options, detached: true });
  const adminUrl = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await answers(adminUrl);
  const stop = async (): Promise<void> => {
    await stopped(server);
    await rm(folder, { recursive: true, force: true });
  };
  return { name: 'PostgreSQL 15', adminUrl, stop };
}

const START_DEADLINE_MS = 30_000;

/** Waits until the server lets somebody in. */
async function answers(url: string): Promise<void> {
  for (const began = performance.now(); ; await pause(100)) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (performance.now() - began > START_DEADLINE_MS) throw error;
    }
  }
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  await ended;
}

function ownerOf(name: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}

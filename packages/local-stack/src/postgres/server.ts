import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { chown, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { MachineCertificate } from '../certificate/index.ts';
import { accountForPostgres, type Account } from './account.ts';
import { findBinaries, type Binaries } from './binaries.ts';
import { claim, prepareDataDirectory, settleEarlierRun } from './data-directory.ts';
import { checkedBy, encryptedOnly } from './encrypted-only.ts';
import { reservePort } from './port.ts';
import { PostgresTrouble, troubleFrom } from './trouble.ts';
import { withinReach } from './within-reach.ts';

const SUPERUSER = 'postgres';
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 20_000;

/** How to start; only the folder is needed. */
export interface PostgresOptions {
  dataDirectory: string;
  /** 0, the default, takes any free port. */
  port?: number;
  /** 100 serves the embedded stack; the test runner asks for more. */
  maxConnections?: number;
  /** `false` turns fsync off: twice as fast, and a power cut may destroy everything. Only for throw-away data. */
  durable?: boolean;
  /** How much of the databases it keeps in memory itself, as PostgreSQL writes it (`256MB`); small without a word. */
  sharedBuffers?: string;
  /** With it the server takes TLS connections and no others. */
  certificate?: MachineCertificate | undefined;
  log?: (line: string) => void;
}

/** A running server; the superuser's address is for `provision` and for tests only. */
export interface PostgresServer {
  readonly port: number;
  readonly processId: number;
  readonly adminUrl: string;
  /** Settles when the process ends, wanted or not, with what it wrote last. */
  readonly ended: Promise<{ wanted: boolean; lastWords: string }>;
  stop(): Promise<void>;
}

function settings(
  {
    maxConnections = 100,
    durable = true,
    sharedBuffers = maxConnections > 100 ? '12MB' : '3MB',
  }: PostgresOptions,
  port: number,
): string[] {
  const pairs = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // TCP only: no lock files in /tmp that an unlucky stop leaves behind
    max_connections: maxConnections,
    // Every backend maps these pages, and whoever adds up RSS counts them once for each; the kernel's cache holds the rest.
    // Every backend at work holds a few of them fast, so whoever asks for more backends gets more.
    shared_buffers: sharedBuffers,
    io_method: 'sync', // no three idle I/O workers
    max_wal_size: '256MB',
    min_wal_size: '80MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Nobody here needs parallel plans or JIT, and each costs memory or milliseconds.
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    max_logical_replication_workers: 0, // and so no process that would start them
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(pairs).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

// Detached: Ctrl-C in a terminal goes to the whole process group, and the database must outlive those who drain into it.
function spawnOptions(account: Account | null): SpawnOptions {
  const who = account ? { uid: account.uid, gid: account.gid } : {};
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TMPDIR: tmpdir() };
  return { ...who, env, cwd: tmpdir(), detached: true, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true };
}

function collect(child: ChildProcess, log: ((line: string) => void) | undefined): () => string {
  let tail = '';
  const read = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('utf8')).slice(-8_000);
    log?.(chunk.toString('utf8').trimEnd());
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  return () => tail;
}

async function createCluster(
  binaries: Binaries,
  account: Account | null,
  { dataDirectory, log, durable = true }: PostgresOptions,
): Promise<void> {
  const passwordFile = join(tmpdir(), `kept-${randomBytes(8).toString('hex')}`);
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const child = spawn(
    binaries.initdb,
    // The builtin provider sorts the same on every machine and needs no locale of the system (PostgreSQL 17 and later).
    [
      `--pgdata=${dataDirectory}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
    ]
      .concat(['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'])
      .concat(durable ? [] : ['--no-sync']),
    spawnOptions(account),
  );
  const output = collect(child, log);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('close', done);
    child.once('error', fail);
  }).finally(() => rmSync(passwordFile, { force: true }));
  if (code !== 0) {
    await rm(dataDirectory, { recursive: true, force: true }); // half a cluster would only confuse the next start
    throw troubleFrom('PostgreSQL could not make its data directory', output());
  }
  await writeFile(join(dataDirectory, 'kept-superuser-password'), password, { mode: 0o600 });
}

async function untilReady(child: ChildProcess, output: () => string): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const ready = new Promise<void>((done, fail) => {
    late = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new PostgresTrouble(`PostgreSQL was not ready after ${START_DEADLINE_MS / 1000} seconds.`));
    }, START_DEADLINE_MS);
    child.stderr?.on('data', () => output().includes('ready to accept connections') && done());
    child.once('error', fail);
    child.once('close', () => fail(troubleFrom('PostgreSQL did not start', output())));
  });
  await ready.finally(() => clearTimeout(late));
}

/**
 * Starts PostgreSQL 18 from npm on 127.0.0.1, making the data directory when it is missing or empty.
 * What a person can repair (busy port, full disk, directory in use) is thrown as `PostgresTrouble`, one sentence each.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const account = accountForPostgres();
  const binaries = await findBinaries(account);
  const log = options.log ?? (() => undefined);
  let dataDirectory = resolve(options.dataDirectory);
  try {
    dataDirectory = await withinReach(dataDirectory, account, log);
    await prepareDataDirectory(dataDirectory, account);
    await settleEarlierRun(dataDirectory, log);
    if (!existsSync(join(dataDirectory, 'PG_VERSION'))) {
      await createCluster(binaries, account, { ...options, dataDirectory });
    }
    await claim(dataDirectory);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? troubleFrom('', 'ENOSPC') : error;
  }
  const password = await readFile(join(dataDirectory, 'kept-superuser-password'), 'utf8');
  const port = await reservePort(options.port ?? 0);
  const { certificate } = options;
  const encryption = certificate ? await encryptedOnly(dataDirectory, certificate, account) : [];
  const child = spawn(
    binaries.postgres,
    ['-D', dataDirectory, ...settings(options, port), ...encryption],
    spawnOptions(account),
  );
  const output = collect(child, options.log);
  let wanted = false;
  const ended = new Promise<{ wanted: boolean; lastWords: string }>((done) => {
    child.once('close', () => done({ wanted, lastWords: output().trim().split('\n').slice(-5).join('\n') }));
  });
  await untilReady(child, output);
  const stop = async (): Promise<void> => {
    wanted = true;
    child.kill('SIGINT'); // fast shutdown: clients are cut off, transactions roll back, the checkpoint is written
    const late = setTimeout(() => child.kill('SIGQUIT'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(late);
  };
  const adminUrl = `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres${checkedBy(certificate)}`;
  return { port, processId: child.pid ?? 0, adminUrl, ended, stop };
}

import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { MachineCertificate } from '../certificate/index.ts';
import { startPostgres, type PostgresServer } from '../postgres/server.ts';
import { addressesOf, databasesOf, type StackAddresses, type StackDatabases } from './addresses.ts';
import type { Child } from './child.ts';
import { claimDirectory } from './claim-directory.ts';
import { demoOrganizations, type StackAccount } from './demo-accounts.ts';
import { accountsFile, seedOnce, writeAccounts } from './demo-seed.ts';
import type { Surroundings } from './environment.ts';
import { measureMemory, type ProcessMemory } from './memory.ts';
import { startOutsideWorld } from './outside-world.ts';
import { defaultPorts, freePorts, requireFree, type StackPorts } from './ports.ts';
import { openProcesses, prepareDatabases, root, type ProcessName, type Source } from './programs.ts';
import { loadSecrets, writePrivate } from './secrets.ts';
import { StackTrouble } from './trouble.ts';

export interface StackOptions {
  /** Where the stack keeps everything: databases, mails, secrets, logs. Default `.kept` in the repository. */
  directory?: string;
  /** `'free'` takes free ports: several stacks at once, as tests want it. */
  ports?: StackPorts | 'free';
  /** Run the built product (`tsc -b` first), or TypeScript through tsx. */
  from?: Source;
  /** Fill the databases with the demo on the first start. Default yes. */
  seed?: boolean;
  /** A file with milliseconds by which every clock of the stack is moved. */
  clockOffsetFile?: string;
  /** How often sweepers, relay and purge look. Default: the services' own 60 s. */
  sweepSeconds?: number;
  /** How often payments holds its books against the simulator; default: hourly. */
  reconcileSeconds?: number;
  /** Queues on this Redis instead of PostgreSQL. */
  redisUrl?: string;
  /** A directory of manifests of documents that apps may ask by id. Default: those of this repository. */
  documents?: string;
  /** The registry of client apps. Default: none, every app is the built-in one. */
  clientsFile?: string;
  /** `false` trades the data's survival of a power cut for speed. Only for throw-away stacks. */
  durable?: boolean;
  /**
   * Everything of ours listens with TLS only. This process must have been started with the certificate as an authority
   * (`NODE_EXTRA_CA_CERTS`), as `npm start -- --tls` does.
   */
  certificate?: MachineCertificate;
  /** `false` lets the processes have more memory and be quicker. */
  sparing?: boolean;
  onProgress?: (step: string) => void;
  /** Stops the start between two steps. */
  signal?: AbortSignal;
  /** A part died although nobody asked it to; the sentence carries its last lines. */
  onDeath?: (sentence: string) => void;
  log?: (line: string) => void;
}

/** A running Kept on this machine. */
export interface Stack extends StackAddresses {
  directory: string;
  ports: StackPorts;
  accounts: StackAccount[];
  organizations: typeof demoOrganizations;
  databases: StackDatabases;
  adminUrl: string;
  postgres: PostgresServer;
  /** A single process: to look at, to kill, to start again. */
  process(name: ProcessName): Child;
  /** Memory of every process, PostgreSQL's backends and this launcher included. */
  memory(): Promise<ProcessMemory[]>;
  /** Drains, then stops, the gateway first and PostgreSQL last. */
  stop(): Promise<void>;
  /** Ends everything at once. PostgreSQL repairs itself at the next start. */
  abort(): void;
}

const nothing = (): void => undefined;

interface Stops {
  add: (stop: () => Promise<void> | void) => void;
  stopAll: () => Promise<void>;
}

/** What has been started, stopped once in the reverse order. */
function openStops(): Stops {
  const stops: (() => Promise<void> | void)[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
  };
  const add = (stop: () => Promise<void> | void): void => {
    stops.push(stop);
  };
  return { add, stopAll: () => (stopping ??= stopAll()) };
}

interface Ground {
  surroundings: Surroundings;
  postgres: PostgresServer;
  addresses: StackAddresses;
}

const stepper =
  ({ onProgress, signal }: StackOptions) =>
  (name: string): void => {
    signal?.throwIfAborted();
    onProgress?.(name);
  };

/** Everything the product stands on: secrets, database server, mail, payments, migrated databases. */
async function layGround(options: StackOptions & { directory: string }, stops: Stops): Promise<Ground> {
  const { directory, clockOffsetFile, certificate, onDeath = nothing, log = nothing } = options;
  const step = stepper(options);
  // PostgreSQL may run under another account and must be able to walk through; each secret file guards itself.
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await mkdir(join(directory, 'log'), { recursive: true, mode: 0o700 });
  stops.add(claimDirectory(directory));
  const ports = options.ports === 'free' ? await freePorts() : (options.ports ?? defaultPorts);
  await requireFree(ports);
  const secrets = await loadSecrets(directory);
  await writeAccounts(directory, secrets);

  step('PostgreSQL');
  const { durable = true } = options;
  const postgres = await startPostgres({
    dataDirectory: join(directory, 'postgres'),
    port: ports.postgres,
    durable,
    certificate,
    log,
  });
  stops.add(() => postgres.stop());
  void postgres.ended.then(({ wanted, lastWords }) => {
    const indented = lastWords.replaceAll('\n', '\n  ');
    if (!wanted) onDeath(`PostgreSQL ended although nobody asked it to. Its last words:\n  ${indented}`);
  });

  step('mailbox and payment simulator');
  const { mail, simulator } = await startOutsideWorld({
    directory,
    ports,
    secrets,
    clockOffsetFile,
    certificate,
    log,
  });
  stops.add(async () => void (await Promise.all([mail.stop(), simulator.stop()])));

  step('databases and migrations');
  await prepareDatabases({ from: options.from ?? 'dist', adminUrl: postgres.adminUrl, secrets });
  const addresses = addressesOf(ports, mail, { simulatorUrl: simulator.url, certificate });
  const { redisUrl, sweepSeconds, reconcileSeconds, documents, clientsFile } = options;
  const { smtpUrl, simulatorUrl } = addresses;
  const accounts = accountsFile(directory);
  const surroundings = {
    ports,
    secrets,
    smtpUrl,
    simulatorUrl,
    accountsFile: accounts,
    redisUrl,
    clockOffsetFile,
    sweepSeconds,
    reconcileSeconds,
    documents,
    clientsFile,
    certificate,
  };
  return { surroundings, postgres, addresses };
}

async function laySeededGround(options: StackOptions & { directory: string }, stops: Stops): Promise<Ground> {
  const { directory, from = 'dist', seed = true } = options;
  const ground = await layGround(options, stops);
  if (seed) {
    stepper(options)('demo data');
    await seedOnce({ directory, from, surroundings: ground.surroundings });
  }
  return ground;
}

/** What a first start leaves in its directory, and nothing running: a start on a copy of it takes half as long. */
export async function prepareStack(given: StackOptions & { directory: string }): Promise<void> {
  const stops = openStops();
  try {
    await laySeededGround({ ...given, directory: resolve(given.directory) }, stops);
  } finally {
    await stops.stopAll();
  }
}

/** Starts PostgreSQL, mail, payments, the four services and the gateway; answers when all are ready. */
export async function startStack(given: StackOptions = {}): Promise<Stack> {
  const directory = resolve(given.directory ?? join(root, '.kept'));
  const { onDeath = nothing, log = nothing, from = 'dist', sparing } = given;
  const step = stepper(given);
  const stops = openStops();
  try {
    const { surroundings, postgres, addresses } = await laySeededGround({ ...given, directory }, stops);
    step('services and gateway');
    const processes = openProcesses({ running: { from, sparing }, directory, surroundings, onDeath });
    stops.add(() => processes.stop());
    given.signal?.addEventListener('abort', () => processes.abort(), { once: true });
    await processes.start();
    given.signal?.throwIfAborted();

    const { ports, secrets, certificate } = surroundings;
    const databases = databasesOf(secrets, { port: ports.postgres, certificate });
    const stackFile = join(directory, 'stack.json');
    await writePrivate(
      stackFile,
      JSON.stringify({ processId: process.pid, ...addresses, databases }, null, 2),
    );
    stops.add(() => rm(stackFile, { force: true }));
    return {
      ...addresses,
      directory,
      ports,
      databases,
      postgres,
      adminUrl: postgres.adminUrl,
      accounts: secrets.accounts,
      organizations: demoOrganizations,
      process: (name) => processes.get(name),
      memory: () => measureMemory([...launcherAnd(postgres), ...processes.running()]),
      stop: stops.stopAll,
      abort: () => {
        processes.abort();
        process.kill(postgres.processId, 'SIGQUIT');
      },
    };
  } catch (error) {
    await stops.stopAll().catch((cause: unknown) => log(`While stopping: ${String(cause)}`));
    throw busyPort(error) ?? error;
  }
}

// Between our look at the ports and the listening another program may have been quicker.
function busyPort(error: unknown): StackTrouble | null {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  return code === 'EADDRINUSE'
    ? new StackTrouble(`Port ${port ?? '?'} was taken by another program a moment ago.`, { cause: error })
    : null;
}

const launcherAnd = (postgres: PostgresServer): { name: string; pid: number }[] => [
  { name: 'launcher, mailbox, simulator', pid: process.pid },
  { name: 'PostgreSQL', pid: postgres.processId },
];

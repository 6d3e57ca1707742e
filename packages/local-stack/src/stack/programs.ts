import { join } from 'node:path';
import { openChild, type Child } from './child.ts';
import {
  gatewayEnvironment,
  processUrl,
  serviceEnvironment,
  type Environment,
  type Surroundings,
} from './environment.ts';
import type { PrepareTask } from './prepare-databases.ts';
import { runOnce } from './run-once.ts';
import { serviceNames, type ServiceName, type StackSecrets } from './secrets.ts';

export type Source = 'dist' | 'source';
export type ProcessName = ServiceName | 'gateway';

/** The repository: four folders up, from `src/stack` and from `dist/stack` alike. */
export const root = join(import.meta.dirname, '../../../..');

// New space of 2 MiB instead of 16 and an old space that collects before it grows: five processes on a small machine.
const smallMemory = ['--max-semi-space-size=2', '--max-old-space-size=256'];
// glibc: fewer heaps of their own for Node's threads, and freed memory goes back at once. Other systems ignore both.
const givingBack = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };
const fromSource = ['--import', 'tsx', '--conditions=source'];

const compiled = (from: Source, workspace: string, name: string): string =>
  from === 'dist' ? join(root, workspace, 'dist', `${name}.js`) : join(root, workspace, 'src', `${name}.ts`);

const folderOf = (part: ProcessName): string => (part === 'gateway' ? 'gateway' : `services/${part}`);

export interface Running {
  from: Source;
  /** Spare memory and pay for it in time, which a machine that runs nothing but tests would rather not. Default yes. */
  sparing?: boolean | undefined;
}

/** The arguments of node that run one of a part's programs. */
export function programOf({ from, sparing = true }: Running, part: ProcessName, name: string): string[] {
  return [
    ...(sparing ? smallMemory : []),
    ...(from === 'source' ? fromSource : []),
    compiled(from, folderOf(part), name),
  ];
}

// Whoever starts everything may look at it: figures with a token of theirs, traces to a collector of theirs.
const observation = [
  'KEPT_METRICS_TOKEN',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
];

/** What a process needs of the environment this one runs in; nothing else is handed down. */
export function inherited({ from, sparing = true }: Running): Environment {
  // tsx applies the compiler options of one tsconfig only, and only to files it includes: ours must cover all workspaces, or
  // the decorators of entities would mean something else.
  const development = from === 'source' ? { TSX_TSCONFIG_PATH: join(root, 'scripts/tsconfig.tsx.json') } : {};
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];
  const handedDown = [...names, ...observation].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...(sparing && givingBack), ...development, ...Object.fromEntries(handedDown) };
}

/** Provisions and migrates the four databases and the one for queues. Safe to repeat. */
export async function prepareDatabases(options: {
  from: Source;
  adminUrl: string;
  secrets: StackSecrets;
}): Promise<void> {
  const { from, adminUrl, secrets } = options;
  const services = serviceNames.map((service) => {
    const { ownerPassword, appPassword } = secrets.services[service];
    return {
      service,
      ownerPassword,
      appPassword,
      module: compiled(from, `services/${service}`, 'migrations'),
    };
  });
  const task: PrepareTask = { adminUrl, databases: [...services, { service: 'queue', ...secrets.queue }] };
  await runOnce({
    what: 'Preparing the databases',
    nodeArguments: [
      ...(from === 'source' ? fromSource : []),
      compiled(from, 'packages/local-stack', 'stack/prepare-databases'),
    ],
    directory: root,
    environment: inherited({ from }),
    input: JSON.stringify(task),
  });
}

export interface Processes {
  get(name: ProcessName): Child;
  running(): { name: string; pid: number }[];
  start(): Promise<void>;
  stop(): Promise<void>;
  abort(): void;
}

/** The five processes of the product: each service with its workers, and the gateway. */
export function openProcesses(options: {
  running: Running;
  directory: string;
  surroundings: Surroundings;
  onDeath: (sentence: string) => void;
}): Processes {
  const { running, directory, surroundings, onDeath } = options;
  const open = (name: ProcessName): Child =>
    openChild({
      name,
      nodeArguments: programOf(running, name, 'main'),
      directory: root,
      environment: {
        ...inherited(running),
        ...(name === 'gateway' ? gatewayEnvironment(surroundings) : serviceEnvironment(surroundings, name)),
      },
      logFile: join(directory, 'log', `${name}.log`),
      readyUrl: `${processUrl(surroundings.ports[name], surroundings.certificate)}/health/ready`,
      onDeath,
    });
  const services = serviceNames.map(open);
  const gateway = open('gateway');
  const all = [...services, gateway];
  return {
    get: (name) => all.find((child) => child.name === name) ?? gateway,
    running: () => all.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }])),
    start: async () => {
      const starts = await Promise.allSettled(all.map((child) => child.start()));
      const failed = starts.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
    abort: () => all.forEach((child) => void child.kill('SIGKILL')),
    // The door closes first, then those behind it finish what they have begun.
    stop: async () => {
      await gateway.stop();
      await Promise.all(services.map((child) => child.stop()));
    },
  };
}

import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { manifestOf } from './manifest.ts';
import { DASHBOARD } from './operations.ts';

/** A gateway that is measured: where it answers, as whom it is asked, and its process. */
export interface Side {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
}

/** What takes part in a benchmark of the gateway, each in a process of its own. */
export interface Cast {
  /** Where the canned subgraphs answer: each under its name. */
  readonly subgraphs: string;
  /** Ours, in production, with every protection on. */
  startOurs(
    name: string,
    more?: { environment?: Record<string, string>; execArgv?: string[] },
  ): Promise<Side>;
  /** `@apollo/gateway` behind Apollo Server as its documentation starts it, without any protection. */
  startBare(): Promise<Side>;
  /** Sends so many hostile requests from a process of its own; answers how many got which status. */
  flood(side: Side, requests: number): Promise<Readonly<Record<string, number>>>;
  /** Takes a process that somebody else started into the cast: it ends with it. */
  adopt(child: ChildProcess): void;
}

/** Starts the canned subgraphs, lets `work` start what it compares, and ends all of it whatever happens. */
export async function withCast<Result>(work: (cast: Cast) => Promise<Result>): Promise<Result> {
  const children: ChildProcess[] = [];
  try {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' };
    const canned = start(children, 'bench/gateway/canned-subgraphs.ts', {
      environment: { BENCH_JWKS: JSON.stringify({ keys: [jwk] }) },
    });
    const subgraphs = await addressOf(canned);
    const token = await signToken(privateKey);
    return await work({
      subgraphs,
      startOurs: (name, more = {}) => startOurs(children, { name, subgraphs, token, ...more }),
      async startBare() {
        const environment = { BENCH_SUBGRAPHS: subgraphs };
        const child = start(children, 'bench/gateway/bare-gateway.ts', { environment });
        return { name: 'bare', url: await addressOf(child), path: '/', headers: {}, child };
      },
      async flood({ url }, requests) {
        const environment = { BENCH_GATEWAY: url, BENCH_FLOOD: String(requests) };
        const { statuses } = await messageOf(start(children, 'bench/gateway/flood.ts', { environment }));
        return statuses as Record<string, number>;
      },
      adopt: (child) => void children.push(child),
    });
  } finally {
    for (const child of children) child.kill();
  }
}

function start(
  children: ChildProcess[],
  file: string,
  { environment, execArgv = [] }: { environment: Record<string, string>; execArgv?: string[] },
): ChildProcess {
  const child = fork(join(import.meta.dirname, '../..', file), [], {
    execArgv: ['--import', 'tsx', '--conditions=source', ...execArgv],
    // Logs are written, and read by nobody.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
  });
  children.push(child);
  return child;
}

const messageOf = (child: ChildProcess) =>
  new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Record<string, unknown>));
    child.once('exit', (code) =>
      reject(new Error(`${child.spawnargs.at(-1)} ended with ${code} before it was ready.`)),
    );
  });
const addressOf = async (child: ChildProcess) => String((await messageOf(child))['url']);

const signToken = (key: KeyObject) =>
  new SignJWT({
    org: randomUUID(),
    sid: randomUUID(),
    kind: 'CLIENT',
    roles: ['CLIENT'],
    sf: true,
    auth_time: Math.floor(Date.now() / 1000),
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'bench' })
    .setIssuer('bench')
    .setAudience('kept')
    .setSubject(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);

// Counted as for everybody, but never refused: one caller at one address asks more here than a city does.
const ENOUGH = '1000000000';
const LIMITS = [
  'ADDRESS_REQUESTS_PER_MINUTE',
  'CALLER_REQUESTS_PER_MINUTE',
  'CALLER_COST_PER_MINUTE',
  'ANONYMOUS_REQUESTS_PER_MINUTE',
  'ANONYMOUS_COST_PER_MINUTE',
  'ORGANIZATION_COST_PER_MINUTE',
];

async function startOurs(
  children: ChildProcess[],
  how: {
    name: string;
    subgraphs: string;
    token: string;
    environment?: Record<string, string>;
    execArgv?: string[];
  },
): Promise<Side> {
  const { name, subgraphs, token, environment = {}, execArgv = [] } = how;
  const port = await freePort();
  const services = ['IDENTITY', 'SCHEDULING', 'PAYMENTS', 'COMPLIANCE'];
  const own = (service: string): [string, string][] => [
    [`${service}_URL`, `${subgraphs}/${service.toLowerCase()}`],
    [`KEPT_PASSPORT_KEY_${service}`, `bench:${randomBytes(32).toString('base64')}`],
  ];
  const child = start(children, 'gateway/src/main.ts', {
    execArgv,
    environment: {
      KEPT_PORT: String(port),
      KEPT_JWKS_URL: `${subgraphs}/jwks.json`,
      KEPT_TOKEN_ISSUER: 'bench',
      KEPT_DOCUMENTS: manifestOf(DASHBOARD),
      ...Object.fromEntries(LIMITS.map((limit) => [`KEPT_LIMIT_${limit}`, ENOUGH])),
      ...Object.fromEntries(services.flatMap(own)),
      ...environment,
    },
  });
  await messageOf(child);
  const headers = { authorization: `Bearer ${token}` };
  return { name, url: `http://127.0.0.1:${port}`, path: '/graphql', headers, child };
}

/** A port that nobody listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

// `npm run bench -- gateway`: a client's dashboard (20 bookings with provider, client and payments; viewer; consents)
// through our gateway with all its protections, against a bare @apollo/gateway on the same supergraph and subgraphs. The
// subgraphs answer from memory, so the gateways are what is measured; every request has different variables, so nobody's
// joining of equal requests helps. Slices of a fixed number of requests alternate A B A B; the medians are compared.
import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { Pool } from 'undici';
import { manifestOf } from './gateway/manifest.ts';

const CONNECTIONS = 16;
const REQUESTS_PER_SLICE = 400;
const SLICES = 7;
// At least as fast, with everything on.
const TARGET = 1;

const DASHBOARD = `query Dashboard($after: String) {
  viewer { id kind client { displayName email phone } }
  bookings(first: 20, after: $after) {
    nodes {
      id status version startsAt endsAt timeZone notes
      service { name durationMinutes price { amountMinor currency } }
      provider { id staffMember { displayName } }
      client { displayName email }
      paymentState
      payments { id status amount { amountMinor currency } method { brand last4 } }
    }
    pageInfo { hasNextPage endCursor }
  }
  consents { __typename }
}`;

interface Side {
  readonly name: string;
  readonly pool: Pool;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly child: ChildProcess;
}

interface Slice {
  readonly requestsPerSecond: number;
  readonly medianMs: number;
}

/** Runs the benchmark and prints its figures. */
export async function run() {
  const children: ChildProcess[] = [];
  try {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' };
    const environment = { BENCH_JWKS: JSON.stringify({ keys: [jwk] }) };
    const subgraphs = await addressOf(start(children, 'bench/gateway/canned-subgraphs.ts', environment));
    const sides = [
      await startOurs(children, subgraphs, await signToken(privateKey)),
      await startBare(children, subgraphs),
    ] as const;
    await assertSameAnswer(sides);
    return report(await measure(sides));
  } finally {
    for (const child of children) child.kill();
  }
}

function start(children: ChildProcess[], file: string, environment: Record<string, string>): ChildProcess {
  const child = fork(join(import.meta.dirname, '..', file), [], {
    execArgv: ['--import', 'tsx', '--conditions=source'],
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
      reject(new Error(`${child.spawnfile} ended with ${code} before it was ready.`)),
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

async function startOurs(children: ChildProcess[], subgraphs: string, token: string): Promise<Side> {
  const port = await freePort();
  const services = ['IDENTITY', 'SCHEDULING', 'PAYMENTS', 'COMPLIANCE'];
  const own = (name: string): [string, string][] => [
    [`${name}_URL`, `${subgraphs}/${name.toLowerCase()}`],
    [`KEPT_PASSPORT_KEY_${name}`, `bench:${randomBytes(32).toString('base64')}`],
  ];
  const child = start(children, 'gateway/src/main.ts', {
    KEPT_PORT: String(port),
    KEPT_JWKS_URL: `${subgraphs}/jwks.json`,
    KEPT_TOKEN_ISSUER: 'bench',
    KEPT_DOCUMENTS: manifestOf(DASHBOARD),
    ...Object.fromEntries(services.flatMap(own)),
  });
  await messageOf(child);
  return sideOf('kept', {
    url: `http://127.0.0.1:${port}`,
    path: '/graphql',
    child,
    headers: { authorization: `Bearer ${token}` },
  });
}

async function startBare(children: ChildProcess[], subgraphs: string): Promise<Side> {
  const child = start(children, 'bench/gateway/bare-gateway.ts', { BENCH_SUBGRAPHS: subgraphs });
  return sideOf('bare', { url: await addressOf(child), path: '/', child, headers: {} });
}

const sideOf = (
  name: string,
  {
    url,
    path,
    child,
    headers,
  }: { url: string; path: string; child: ChildProcess; headers: Record<string, string> },
): Side => ({
  name,
  pool: new Pool(url, { connections: CONNECTIONS, pipelining: 1 }),
  path,
  headers: { 'content-type': 'application/json', ...headers },
  child,
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

let cursor = 0;
async function ask({ pool, path, headers }: Side): Promise<string> {
  const body = JSON.stringify({
    query: DASHBOARD,
    operationName: 'Dashboard',
    variables: { after: `cursor-${cursor++}` },
  });
  const response = await pool.request({ method: 'POST', path, headers, body });
  return response.body.text();
}

// A gateway that answers less, or with errors, would be fast.
async function assertSameAnswer([ours, bare]: readonly [Side, Side]): Promise<void> {
  const [first, second] = [JSON.parse(await ask(ours)), JSON.parse(await ask(bare))] as {
    data?: unknown;
    errors?: unknown;
  }[];
  if (first?.errors || !first?.data || JSON.stringify(first.data) !== JSON.stringify(second?.data)) {
    throw new Error(
      `The two gateways answer differently:\n${JSON.stringify(first)}\n${JSON.stringify(second)}`.slice(
        0,
        4_000,
      ),
    );
  }
}

async function measure(sides: readonly [Side, Side]): Promise<Map<string, Slice[]>> {
  const slices = new Map<string, Slice[]>(sides.map(({ name }) => [name, []]));
  for (const side of sides) await slice(side); // Warm: planned, compiled, connected.
  for (let round = 0; round < SLICES; round++) {
    for (const side of sides) slices.get(side.name)?.push(await slice(side));
  }
  return slices;
}

async function slice(side: Side): Promise<Slice> {
  const times: number[] = [];
  let left = REQUESTS_PER_SLICE;
  const startedAt = performance.now();
  const work = async () => {
    while (left-- > 0) {
      const askedAt = performance.now();
      await ask(side);
      times.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return {
    requestsPerSecond: REQUESTS_PER_SLICE / ((performance.now() - startedAt) / 1000),
    medianMs: median(times),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function report(slices: ReadonlyMap<string, readonly Slice[]>) {
  const of = (name: string, figure: keyof Slice) =>
    median((slices.get(name) ?? []).map((one) => one[figure]));
  const round = (value: number) => Math.round(value * 100) / 100;
  const figures = {
    keptRequestsPerSecond: round(of('kept', 'requestsPerSecond')),
    bareRequestsPerSecond: round(of('bare', 'requestsPerSecond')),
    keptMedianMs: round(of('kept', 'medianMs')),
    bareMedianMs: round(of('bare', 'medianMs')),
  };
  const ratio = round(figures.keptRequestsPerSecond / figures.bareRequestsPerSecond);
  process.stdout.write(
    `kept, all protections on: ${figures.keptRequestsPerSecond} requests/s, median ${figures.keptMedianMs} ms\n` +
      `bare @apollo/gateway:     ${figures.bareRequestsPerSecond} requests/s, median ${figures.bareMedianMs} ms\n` +
      `${ratio} times as many requests (medians of ${SLICES} slices of ${REQUESTS_PER_SLICE} requests each)\n`,
  );
  return { bench: 'gateway', figures, ratio, target: TARGET, met: ratio >= TARGET };
}

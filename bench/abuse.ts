// `npm run bench -- abuse`: how long a normal booking page takes (services and free times, from many people, at a steady
// rate) while one attacker floods the same gateway with the worst that can be asked, against the same page when it is
// quiet. The gateway has its default limits; the subgraphs answer from memory. Slices alternate quiet, flood, quiet, flood;
// each slice's p99 is taken, and the medians of those are compared. Target: at most 3 times ([SES-07]).
import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { Pool } from 'undici';

const SLICES = 5;
const REQUESTS_PER_SLICE = 300;
const EVERY_MS = 20;
const TARGET = 3;
const PEOPLE = 40;

const BOOKING_PAGE = `query BookingPage($input: AvailabilityInput!) {
  services { id name durationMinutes price { amountMinor currency } }
  availability(input: $input) { slots { startsAt endsAt provider { id staffMember { displayName } } } }
}`;

/** Runs the benchmark and prints its figures. */
export async function run() {
  const children: ChildProcess[] = [];
  try {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' };
    const subgraphs = await start(children, 'bench/gateway/canned-subgraphs.ts', {
      BENCH_JWKS: JSON.stringify({ keys: [jwk] }),
    });
    const url = await startKept(children, String(subgraphs.ready['url']));
    const tokens = await Promise.all(Array.from({ length: PEOPLE }, () => signToken(privateKey)));
    const attackers = await Promise.all([signToken(privateKey), signToken(privateKey)]);
    const flood = await start(children, 'bench/abuse/attacker.ts', {
      BENCH_FLOOD: JSON.stringify({ url, tokens: attackers }),
    });
    return report(
      await measure(new Pool(url, { connections: 32, pipelining: 1 }), { tokens, flood: flood.child }),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

async function start(children: ChildProcess[], file: string, environment: Record<string, string>) {
  const child = fork(join(import.meta.dirname, '..', file), [], {
    execArgv: ['--import', 'tsx', '--conditions=source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'development', ...environment },
  });
  children.push(child);
  return { child, ready: await messageOf(child) };
}

const messageOf = (child: ChildProcess) =>
  new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Record<string, unknown>));
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}.`)));
  });

async function startKept(children: ChildProcess[], subgraphs: string): Promise<string> {
  const port = await freePort();
  const own = (name: string): [string, string][] => [
    [`${name}_URL`, `${subgraphs}/${name.toLowerCase()}`],
    [`KEPT_PASSPORT_KEY_${name}`, `bench:${randomBytes(32).toString('base64')}`],
  ];
  await start(children, 'gateway/src/main.ts', {
    KEPT_PORT: String(port),
    KEPT_JWKS_URL: `${subgraphs}/jwks.json`,
    KEPT_TOKEN_ISSUER: 'bench',
    // Attacker and people come through the same proxy, from addresses of their own.
    KEPT_TRUSTED_PROXIES: '1',
    ...Object.fromEntries(['IDENTITY', 'SCHEDULING', 'PAYMENTS', 'COMPLIANCE'].flatMap(own)),
  });
  return `http://127.0.0.1:${port}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

const signToken = (key: KeyObject) =>
  new SignJWT({
    org: '11111111-1111-4111-8111-111111111111',
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

/** One person opens the booking page; the time until the whole answer is there. */
async function openPage(
  pool: Pool,
  { at, token }: { at: number; token: string | undefined },
): Promise<number> {
  const startedAt = performance.now();
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/graphql',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `203.0.113.${at % PEOPLE}`,
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      query: BOOKING_PAGE,
      variables: {
        input: {
          serviceId: `service-${at}`,
          from: '2030-01-01T00:00:00Z',
          to: '2030-01-08T00:00:00Z',
          timeZone: 'Europe/London',
        },
      },
    }),
  });
  const answer = (await body.json()) as {
    data?: { availability: unknown; services: unknown };
    errors?: unknown;
  };
  if (statusCode !== 200 || answer.errors || !answer.data?.availability || !answer.data.services) {
    throw new Error(
      `A normal request was not answered: ${statusCode} ${JSON.stringify(answer).slice(0, 500)}`,
    );
  }
  return performance.now() - startedAt;
}

async function slice(pool: Pool, tokens: readonly string[]): Promise<number[]> {
  const times: Promise<number>[] = [];
  for (let at = 0; at < REQUESTS_PER_SLICE; at += 1) {
    times.push(openPage(pool, { at, token: tokens[at % tokens.length] }));
    await pause(EVERY_MS);
  }
  return (await Promise.all(times)).toSorted((one, other) => one - other);
}

interface Measured {
  readonly quiet: readonly number[][];
  readonly beside: readonly number[][];
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
}

async function measure(
  pool: Pool,
  { tokens, flood }: { tokens: readonly string[]; flood: ChildProcess },
): Promise<Measured> {
  await slice(pool, tokens); // Warm: planned, compiled, connected.
  const quiet: number[][] = [];
  const beside: number[][] = [];
  let last: Pick<Measured, 'sent' | 'statuses'> = { sent: 0, statuses: {} };
  for (let round = 0; round < SLICES; round += 1) {
    quiet.push(await slice(pool, tokens));
    flood.send('start');
    beside.push(await slice(pool, tokens));
    const told = messageOf(flood);
    flood.send('stop');
    last = (await told) as unknown as Pick<Measured, 'sent' | 'statuses'>;
  }
  return { quiet, beside, ...last };
}

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
const median = (numbers: readonly number[]) =>
  at(
    numbers.toSorted((one, other) => one - other),
    0.5,
  );

function report({ quiet, beside, sent, statuses }: Measured) {
  const round = (value: number) => Math.round(value * 100) / 100;
  const of = (slices: readonly number[][], share: number) =>
    round(median(slices.map((times) => at(times, share))));
  const figures = {
    quietP50Ms: of(quiet, 0.5),
    quietP99Ms: of(quiet, 0.99),
    besideP50Ms: of(beside, 0.5),
    besideP99Ms: of(beside, 0.99),
    abusiveRequests: sent,
    abusiveAnswered: statuses['200'] ?? 0,
    abusiveRateLimited: statuses['429'] ?? 0,
  };
  const ratio = round(figures.besideP99Ms / figures.quietP99Ms);
  process.stdout.write(
    `quiet:          p50 ${figures.quietP50Ms} ms, p99 ${figures.quietP99Ms} ms\n` +
      `beside a flood: p50 ${figures.besideP50Ms} ms, p99 ${figures.besideP99Ms} ms; every normal request was answered\n` +
      `the flood: ${sent} requests in ${SLICES} slices, by status ${JSON.stringify(statuses)}\n` +
      `p99 beside the flood is ${ratio} times the quiet one (medians of ${SLICES} slices of ${REQUESTS_PER_SLICE} pages)\n`,
  );
  return { bench: 'abuse', figures, ratio, target: TARGET, met: ratio <= TARGET };
}

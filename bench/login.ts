// `npm run bench -- login`: password sign-ins a second through gateway, identity and PostgreSQL, several people at once, against
// verifications of argon2id alone with the same parameters on the same machine. Same run, A B A B, medians. Everything shares the
// machine, this process too: what is not argon2 takes from what argon2 could have had. Target: at least 80 % of the bare rate.
// And how long gateway and identity take to answer a health query while 500 sign-ins are in flight, against quiet: at most 3
// times, at the 95th percentile.
import { loadavg } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import type { Stack, StackAccount } from '@kept/local-stack';
import { openGraph } from './graph.ts';
import { probeHealth } from './login/probe-health.ts';
import { withTemporaryStack } from './temporary-stack.ts';

const atOnce = 4; // more people than cores of a small machine, fewer than one account's limit for attempts in flight
const perRound = 80;
const rounds = 3;
const RATE_TARGET = 0.8;
const HEALTH_TARGET = 3;

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const START = `mutation ($input: SignInStartInput!) { signInStart(input: $input) {
  __typename ... on SessionIssued { deviceToken } ... on SignInRejected { code } } }`;

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Milliseconds per piece of work, `atOnce` of them going on. */
async function perPiece(work: (worker: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  const workers = Array.from({ length: atOnce }, async (_, worker) => {
    for (let turn = 0; turn < perRound / atOnce; turn += 1) await work(worker);
  });
  await Promise.all(workers);
  return (performance.now() - startedAt) / perRound;
}

/** Each worker is one device of the client: it signs in with the token of the sign-in before, as people do. */
function openDevices(stack: Stack, account: StackAccount) {
  const ask = openGraph(stack.graphUrl, account);
  const tokens: (string | undefined)[] = [];
  return async (worker: number): Promise<void> => {
    const input = { email: account.email, password: account.password, deviceToken: tokens[worker] ?? null };
    const { signInStart } = await ask<{
      signInStart: { __typename: string; deviceToken?: string; code?: string };
    }>(START, { input });
    if (signInStart.__typename !== 'SessionIssued')
      throw new Error(`Not signed in: ${JSON.stringify(signInStart)}`);
    tokens[worker] = signInStart.deviceToken;
  };
}

export async function run() {
  const stored = await hash('Any-Password-Of-Some-Length-1', parameters);
  const bare = async (): Promise<void> => void (await verify(stored, 'Any-Password-Of-Some-Length-1'));
  const { times, health } = await withTemporaryStack({}, async (stack) => {
    const account = stack.accounts.find(({ key }) => key === 'client');
    if (!account) throw new Error('There is no demo client.');
    const signIn = openDevices(stack, account);
    for (let worker = 0; worker < atOnce; worker += 1) await signIn(worker);
    await perPiece(signIn); // warm
    const measured: { signIn: number[]; argon2: number[] } = { signIn: [], argon2: [] };
    for (let round = 0; round < rounds; round += 1) {
      measured.signIn.push(await perPiece(signIn));
      measured.argon2.push(await perPiece(bare));
    }
    return { times: measured, health: await probeHealth(stack, account) };
  });
  const [signInMs, argon2Ms] = [median(times.signIn), median(times.argon2)];
  const figures = {
    signInsPerSecond: Math.round(1_000 / signInMs),
    argon2PerSecond: Math.round(1_000 / argon2Ms),
    atOnce,
    healthQuietP95Ms: health.quietP95Ms,
    healthLoadedP95Ms: health.loadedP95Ms,
    healthRatio: health.ratio,
    // Of the machine in the last minute: figures that were taken beside other work are not those of a quiet one.
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
  const ratio = Number((argon2Ms / signInMs).toFixed(2));
  process.stdout.write(
    `${figures.signInsPerSecond} sign-ins a second, argon2id alone ${figures.argon2PerSecond} (${atOnce} at once): ${ratio}, target ≥ ${RATE_TARGET}\n` +
      `health p95 ${health.quietP95Ms} ms, with 500 sign-ins in flight ${health.loadedP95Ms} ms: ${health.ratio} times, target ≤ ${HEALTH_TARGET} (${health.samples} samples; ${JSON.stringify(health.answers)}; load ${figures.load})\n`,
  );
  return {
    bench: 'login',
    figures,
    ratio,
    target: RATE_TARGET,
    met: ratio >= RATE_TARGET && health.ratio <= HEALTH_TARGET,
  };
}

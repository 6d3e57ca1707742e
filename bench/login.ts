// What does signing in cost beyond the password hash? Password sign-ins through gateway and identity, several people at once,
// against argon2id alone with the same parameters on the same machine. Same run, A B A B, medians. Argon2 is meant to be
// the dear part: the ratio is sign-in / argon2, in time per piece at the same number at once.
import { hash, verify } from '@node-rs/argon2';
import type { Stack, StackAccount } from '@kept/local-stack';
import { openGraph } from './graph.ts';
import { withTemporaryStack } from './temporary-stack.ts';

const atOnce = 4; // more people than cores of a small machine, fewer than one account's limit for attempts in flight
const perRound = 80;
const rounds = 3;
// 60 sign-ins a second where argon2 alone does 140 to 180: up to 2.5 times the bare hash.
const target = 2.5;

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
  const times = await withTemporaryStack({}, async (stack) => {
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
    return measured;
  });
  const [signInMs, argon2Ms] = [median(times.signIn), median(times.argon2)];
  const figures = {
    signInMs: Number(signInMs.toFixed(2)),
    argon2Ms: Number(argon2Ms.toFixed(2)),
    signInsPerSecond: Math.round(1_000 / signInMs),
    atOnce,
  };
  process.stdout.write(
    `a sign-in takes ${figures.signInMs} ms, argon2id alone ${figures.argon2Ms} ms (${atOnce} at once)\n`,
  );
  const ratio = Number((signInMs / argon2Ms).toFixed(2));
  return { bench: 'login', figures, ratio, target, met: ratio <= target };
}

// What passwords cost must not become what an attacker can make us pay: argon2 and zxcvbn are bounded in number and size.
import { randomBytes } from 'node:crypto';
import { openStrengthEstimator } from './estimate-strength.ts';
import { openPasswordHasher, type HashedPassword } from './hash-password.ts';

const hasherOf = (concurrency: number, queueMax: number) =>
  openPasswordHasher({ peppers: [{ version: 1, secret: randomBytes(32) }], concurrency, queueMax });

it('[identity A16] 500 sign-ins at once: as many as the pool and its queue hold are verified, the rest is refused', async () => {
  const hasher = hasherOf(2, 32);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 500 }, () => hasher.verify(undefined, 'Any-Password-1')),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(34);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'RATE_LIMITED' });
  }
  await expect(hasher.verify(undefined, 'Any-Password-1')).resolves.toBe(false);
});

it('[identity A16] the event loop answers others meanwhile', async () => {
  const hasher = hasherOf(1, 32);
  const work = Array.from({ length: 20 }, () => hasher.verify(undefined, 'Any-Password-1'));
  let longestMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }, 5);
  await Promise.all(work);
  clearInterval(timer);
  expect(longestMs).toBeLessThan(200);
});

it('[identity A16] a password of a megabyte is wrong, at the price of any other', async () => {
  const hasher = hasherOf(1, 32);
  const stored = await hasher.hash('Tidal-Lantern-49-Orchard');
  expect(await hasher.verify(stored, 'x'.repeat(1_000_000))).toBe(false);
  expect(await hasher.verify(stored, 'Tidal-Lantern-49-Orchard')).toBe(true);
});

it('[identity A16] questions about strength are bounded too, and only 64 characters are looked at', async () => {
  const estimator = openStrengthEstimator({ waitingMax: 2, timeoutMs: 25_000 });
  const bomb = '\u0130x1-'.repeat(32);
  const [first, second, third] = await Promise.allSettled([0, 1, 2].map(() => estimator.score(bomb, [])));
  expect([first?.status, second?.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(third).toMatchObject({ status: 'rejected', reason: { code: 'RATE_LIMITED' } });
  await estimator.stop();
});

it('uses argon2id with 19 MiB and two passes, and the pepper: without it the database is of no use', async () => {
  const hasher = hasherOf(1, 4);
  const stored = await hasher.hash('Tidal-Lantern-49-Orchard');
  expect(stored.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(hasher.isCurrent(stored)).toBe(true);
  expect(hasher.isCurrent({ ...stored, hash: stored.hash.replace('m=19456', 'm=4096') })).toBe(false);
  expect(await hasherOf(1, 4).verify(stored, 'Tidal-Lantern-49-Orchard')).toBe(false);
});

it('[identity A01] an unknown address costs what a known one costs: a verification in the same pool', async () => {
  const hasher = hasherOf(1, 4);
  const stored = await hasher.hash('Tidal-Lantern-49-Orchard');
  const times = { known: [] as number[], unknown: [] as number[] };
  const measure = async (of: number[], hash: HashedPassword | undefined) => {
    const startedAt = performance.now();
    expect(await hasher.verify(hash, 'Wrong-Password-1')).toBe(false);
    of.push(performance.now() - startedAt);
  };
  for (let turn = 0; turn < 40; turn += 1) {
    await measure(times.known, stored);
    await measure(times.unknown, undefined);
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length / 2] ?? 0;
  expect(median(times.unknown) / median(times.known)).toBeGreaterThan(0.7);
  expect(median(times.unknown) / median(times.known)).toBeLessThan(1.4);
});

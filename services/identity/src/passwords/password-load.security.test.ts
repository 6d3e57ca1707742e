// What passwords cost must not become what an attacker can make us pay: argon2 and zxcvbn are bounded in number and size.
import { randomBytes } from 'node:crypto';
import { openStrengthEstimator } from './estimate-strength.ts';
import {
  hashesAtOnce,
  openPasswordHasher,
  type HashedPassword,
  type PasswordHasher,
} from './hash-password.ts';

const opened: PasswordHasher[] = [];
const opening = (options: Parameters<typeof openPasswordHasher>[0]) => {
  const hasher = openPasswordHasher(options);
  opened.push(hasher);
  return hasher;
};
const hasherOf = (concurrency: number, queueMax: number) =>
  opening({ peppers: [{ version: 1, secret: randomBytes(32) }], concurrency, queueMax });
afterEach(() => {
  for (const hasher of opened.splice(0)) hasher.stop();
});

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

it.each(['CLIENT', 'STAFF'] as const)(
  '[identity A16] an attack on accounts of one kind (%s) leaves the other half of the pool',
  async (attacked) => {
    const hasher = hasherOf(1, 32);
    const done: string[] = [];
    const flood = Array.from({ length: 60 }, () =>
      hasher.verify(undefined, 'Any-Password-1', attacked).then(
        () => done.push('attack'),
        () => 'refused',
      ),
    );
    const other = attacked === 'CLIENT' ? 'STAFF' : 'CLIENT';
    const others = [1, 2, 3].map(() =>
      hasher.verify(undefined, 'Any-Password-1', other).then(() => done.push('person')),
    );
    await Promise.all([...flood, ...others]);
    expect(done).toHaveLength(36);
    // In turns: three people are through when no more than four of the attack's thirty-three are.
    expect(done.slice(0, 7).filter((who) => who === 'person')).toHaveLength(3);
  },
);

it('hashes as many at once as there are cores, and never more than there are threads', () => {
  expect([hashesAtOnce(4, 2), hashesAtOnce(4, 16), hashesAtOnce(18, 16), hashesAtOnce(1, 8)]).toEqual([
    2, 4, 16, 1,
  ]);
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

it('verifies with the pepper of the hash while both are there, and calls what an older one made outdated', async () => {
  const [older, newer] = [
    { version: 1, secret: randomBytes(32) },
    { version: 2, secret: randomBytes(32) },
  ] as const;
  const before = opening({ peppers: [older] });
  const during = opening({ peppers: [newer, older] });
  const after = opening({ peppers: [newer] });
  const stored = await before.hash('Tidal-Lantern-49-Orchard');
  expect(await during.verify(stored, 'Tidal-Lantern-49-Orchard')).toBe(true);
  expect([before.isCurrent(stored), during.isCurrent(stored)]).toEqual([true, false]);
  const renewed = await during.hash('Tidal-Lantern-49-Orchard');
  expect(renewed.pepperVersion).toBe(2);
  expect(await after.verify(renewed, 'Tidal-Lantern-49-Orchard')).toBe(true);
  // The secret counts and not the number that the row names.
  expect(await during.verify({ ...renewed, pepperVersion: 1 }, 'Tidal-Lantern-49-Orchard')).toBe(false);
  expect(await after.verify(stored, 'Tidal-Lantern-49-Orchard')).toBe(false);
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

// The hole this keeps closed: whoever sends passwords buys the processor that everybody else's answers need (A16). The work is
// done by a process that comes after all others, and that may die without taking anything else along.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { eventually } from '@kept/testing';
import { HashProcess } from './hash-process.ts';
import { openPasswordHasher, type PasswordHasher } from './hash-password.ts';

const LOWER = constants.priority.PRIORITY_BELOW_NORMAL;
let hasher: PasswordHasher;
beforeEach(() => {
  hasher = openPasswordHasher({ peppers: [{ version: 1, secret: randomBytes(32) }], concurrency: 2 });
});
afterEach(() => hasher.stop());

/** The place in line that Linux gives each thread: the field after the eighteenth of `stat`, behind the name. */
const prioritiesOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });

it('[identity A16] passwords are hashed in a process whose priority is below ours, on every thread of it', async () => {
  await Promise.all([hasher.hash('Tidal-Lantern-49-Orchard'), hasher.hash('Tidal-Lantern-49-Orchard')]);
  const pid = hasher.pid ?? 0;
  expect(pid).not.toBe(process.pid);
  expect(getPriority(pid)).toBe(LOWER);
  expect(getPriority()).toBeLessThan(LOWER);
  if (process.platform === 'linux') expect(new Set(prioritiesOf(pid))).toEqual(new Set([LOWER]));
});

it('[identity A16] when it is killed, what it was working on may be asked again, and the ten who wait get their answers', async () => {
  const stored = await hasher.hash('Tidal-Lantern-49-Orchard');
  const killed = hasher.pid ?? 0;
  const asked = Array.from({ length: 12 }, () => hasher.verify(stored, 'Tidal-Lantern-49-Orchard'));
  process.kill(killed, 'SIGKILL');
  const outcomes = await Promise.allSettled(asked);
  const lost = outcomes.filter(({ status }) => status === 'rejected');
  expect(lost).toHaveLength(2);
  for (const outcome of lost) expect(outcome).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value)).toHaveLength(10);
  expect(hasher.pid).not.toBe(killed);
});

it('[identity A16] one that hangs is ended, and the next hash starts another', async () => {
  const argon2 = new HashProcess({ threads: 1, timeoutMs: 1_500 });
  const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  await argon2.hash('Tidal-Lantern-49-Orchard', options).catch(() => undefined);
  const endless = argon2.hash('Tidal-Lantern-49-Orchard', { ...options, timeCost: 1_000 });
  await expect(endless).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const stored = await eventually(() => argon2.hash('Tidal-Lantern-49-Orchard', options));
  expect(stored).toMatch(/^\$argon2id\$/);
  argon2.stop();
});

it('[identity A16] it holds no key and no address of a database, and is gone once it is stopped', async () => {
  await hasher.hash('Tidal-Lantern-49-Orchard');
  const pid = hasher.pid ?? 0;
  if (process.platform === 'linux') {
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .flatMap((line) => line.split('=', 1)[0] || []);
    // The channel to us, which Node names there.
    expect(names.toSorted()).toEqual([
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
      'UV_THREADPOOL_SIZE',
    ]);
  }
  hasher.stop();
  expect(hasher.pid).toBeUndefined();
  const isGone = () => {
    expect(() => process.kill(pid, 0)).toThrow();
    return true;
  };
  await eventually(isGone);
});

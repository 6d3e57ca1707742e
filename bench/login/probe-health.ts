import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack, StackAccount } from '@kept/local-stack';

const AT_ONCE = 500;
const WAVES = 3;
const EVERY_MS = 20;
const QUIET_SAMPLES = 100;

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Milliseconds; for ever when the answer is none. */
async function askHealth(urls: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const answers = await Promise.allSettled(
    urls.map(async (url) => {
      const response = await fetch(url);
      await response.text();
      return response.ok;
    }),
  );
  const isWell = answers.every((answer) => answer.status === 'fulfilled' && answer.value);
  return isWell ? performance.now() - startedAt : Infinity;
}

/** At a steady rate, whether the answer before has come or not: somebody who waits must not hide how long it took. */
async function sample(urls: readonly string[], isOver: (count: number) => boolean): Promise<number[]> {
  const asked: Promise<number>[] = [];
  for (; !isOver(asked.length); await pause(EVERY_MS)) asked.push(askHealth(urls));
  return Promise.all(asked);
}

export interface HealthUnderLoad {
  readonly quietP95Ms: number;
  readonly loadedP95Ms: number;
  readonly ratio: number;
  readonly samples: number;
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * How long gateway and identity both take to say that they are alive, in quiet and while 500 sign-ins are in flight; the
 * slower of the two counts. Quiet and waves alternate.
 */
export async function probeHealth(
  { graphUrl, ports }: Pick<Stack, 'graphUrl' | 'ports'>,
  { organizationId }: StackAccount,
): Promise<HealthUnderLoad> {
  const urls = [new URL('/health/live', graphUrl).href, `http://127.0.0.1:${ports.identity}/health/live`];
  const attacker: ChildProcess = fork(join(import.meta.dirname, 'attacker.ts'), [], {
    execArgv: ['--import', 'tsx', '--conditions=source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await once(attacker, 'message');
    const [quiet, loaded]: [number[], number[]] = [[], []];
    const answers: Record<string, number> = {};
    for (let wave = 0; wave < WAVES; wave += 1) {
      quiet.push(...(await sample(urls, (count) => count >= QUIET_SAMPLES)));
      let isOver = false;
      const answered = once(attacker, 'message').then(([all]: string[][]) => {
        isOver = true;
        for (const answer of all ?? []) answers[answer] = (answers[answer] ?? 0) + 1;
      });
      attacker.send({ url: graphUrl, organizationId, atOnce: AT_ONCE, wave });
      loaded.push(...(await sample(urls, () => isOver)));
      await answered;
    }
    const [quietP95Ms, loadedP95Ms] = [percentile(quiet, 0.95), percentile(loaded, 0.95)];
    const round = (value: number) => Number(value.toFixed(2));
    return {
      quietP95Ms: round(quietP95Ms),
      loadedP95Ms: round(loadedP95Ms),
      ratio: round(loadedP95Ms / quietP95Ms),
      samples: loaded.length,
      answers,
    };
  } finally {
    attacker.kill();
  }
}

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Repeats a check until it neither throws nor answers `false`, `null` or `undefined`, and gives back what it answered.
 * At the deadline the last failure is thrown. Instead of sleeping in tests.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 25 }: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await check();
      if (answer !== false && answer !== null && answer !== undefined) return answer;
      failure = new Error(`The check still answers ${String(answer)}.`);
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Not within ${withinMs} ms: ${(failure as Error).message}`, { cause: failure });
    }
    await pause(everyMs);
  }
}

import type { Caller } from '@kept/passport';
import { refused } from './fault.ts';

/**
 * Refuses with `STEP_UP_REQUIRED` unless the caller signed in with a second factor within the last `maxAgeSeconds`
 * (after RFC 9470). For what must not be done from a screen that was left alone: money going out, texts that bind.
 */
export function requireRecentSecondFactor(
  caller: Pick<Caller, 'secondFactor' | 'authenticatedAt'>,
  { now, maxAgeSeconds }: { now: Date; maxAgeSeconds: number },
): void {
  const ageSeconds = now.getTime() / 1000 - (caller.authenticatedAt ?? -Infinity);
  if (!caller.secondFactor || ageSeconds > maxAgeSeconds) {
    const minutes = Math.round(maxAgeSeconds / 60);
    throw refused.stepUpRequired(
      `Please sign in again with your second factor; this may be done within ${minutes} minutes of that.`,
    );
  }
}

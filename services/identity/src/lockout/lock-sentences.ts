import type { SignInStep } from '../sign-in/sign-in-step.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A time to wait as people say it: never less than it is. */
export function waitInWords(seconds: number): string {
  if (seconds >= 48 * HOUR) return `${Math.ceil(seconds / (24 * HOUR))} days`;
  if (seconds > 90 * MINUTE) return `${Math.ceil(seconds / HOUR)} hours`;
  if (seconds > 90) return `${Math.ceil(seconds / MINUTE)} minutes`;
  return seconds === 1 ? 'a second' : `${seconds} seconds`;
}

// Above this it is no pause between two attempts any more (limits.ts: a pause is 15 minutes at most).
const PAUSE_MAX_SECONDS = 15 * MINUTE;

/** Says what happened, what to do, and when: the same for an address that nobody has. */
export function lockedStep(retryAfterSeconds: number): SignInStep {
  const wait = waitInWords(retryAfterSeconds);
  const message =
    retryAfterSeconds > PAUSE_MAX_SECONDS
      ? `Too many wrong passwords came from devices this account does not know, so it takes none from them for ${wait}. ` +
        'Use a device you have signed in on, or ask for an unlock link by mail.'
      : `There were several wrong attempts. Please wait ${wait}, then try again; a device you have signed in on before need not wait.`;
  return { step: 'REJECTED', code: 'ACCOUNT_LOCKED', message, retryAfterSeconds };
}

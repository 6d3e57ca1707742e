import { isAtLeast, type Assurance, type Caller } from '@kept/passport';
import { Fault } from './fault.ts';

/** What something asks of whoever does it (RFC 9470). */
export interface StepUpDemand {
  readonly now: Date;
  /** How long ago somebody may have proven who they are. */
  readonly maxAgeSeconds: number;
  /** What they proved it with, at least; STRONG when left out: an authenticator, a recovery code or a passkey. */
  readonly grade?: Extract<Assurance, 'RESTRICTED' | 'STRONG' | 'PHISHING_RESISTANT'>;
  /** Whether they must have proven it for this very operation (`stepUpStart` with its hash). */
  readonly operationBound?: boolean;
}

type Proven = Pick<Caller, 'secondFactor' | 'authenticatedAt'> &
  Partial<Pick<Caller, 'assurance' | 'stepUp'>>;

const ACR: Readonly<Record<NonNullable<StepUpDemand['grade']>, string>> = {
  RESTRICTED: 'RESTRICTED STRONG PHISHING_RESISTANT',
  STRONG: 'STRONG PHISHING_RESISTANT',
  PHISHING_RESISTANT: 'PHISHING_RESISTANT',
};

/**
 * Refuses with `STEP_UP_REQUIRED` unless the caller has proven who they are with what is asked for, recently enough. The
 * error says what is needed, so that an app can begin `stepUpStart`: `acrValues`, `maxAgeSeconds`, `operationBound`.
 */
export function requireStepUp(caller: Proven, demand: StepUpDemand): void {
  const { now, maxAgeSeconds, grade = 'STRONG', operationBound = false } = demand;
  const seconds = now.getTime() / 1000;
  // A proof for this operation counts by itself, whatever the age of the sign-in; it was made with a factor of the account.
  const forThis = caller.stepUp?.operation === true && caller.stepUp.until > seconds;
  const { assurance = caller.secondFactor ? 'STRONG' : 'PASSWORD' } = caller;
  const isRecent = caller.secondFactor && seconds - (caller.authenticatedAt ?? -Infinity) <= maxAgeSeconds;
  const enough = isAtLeast(assurance, grade) && (operationBound ? forThis : forThis || isRecent);
  if (enough) return;
  const minutes = Math.round(maxAgeSeconds / 60);
  throw new Fault(
    'STEP_UP_REQUIRED',
    operationBound
      ? 'Please confirm this with your second factor.'
      : `Please sign in again with your second factor; this may be done within ${minutes} minutes of that.`,
    {
      extensions: {
        acrValues: ACR[grade],
        maxAgeSeconds: String(maxAgeSeconds),
        operationBound: String(operationBound),
      },
    },
  );
}

/**
 * The short form: a second factor (people who work here have none but strong ones) within `maxAgeSeconds`. For what must not be
 * done from a screen that was left alone: money going out, texts that bind.
 */
export const requireRecentSecondFactor = (
  caller: Proven,
  { now, maxAgeSeconds }: { now: Date; maxAgeSeconds: number },
): void => requireStepUp(caller, { now, maxAgeSeconds, grade: 'RESTRICTED' });

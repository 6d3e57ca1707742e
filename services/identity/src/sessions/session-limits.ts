import type { Assurance, Role } from '@kept/passport';
import type { AccountKind } from '../accounts/account.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface SessionLimits {
  /** Without a refresh for this long it is over. */
  readonly idleMs: number;
  /** However much it is used, it is over after this. */
  readonly absoluteMs: number;
  /** The oldest ends when there is one more. */
  readonly sessionsMax: number;
}

/** What opened a session: a password, the code that was mailed to a guest, a passkey, or the key of a service account. */
export type SessionMethod = 'PASSWORD' | 'MAIL_CODE' | 'PASSKEY' | 'SERVICE_KEY';

/** What kind of app a session is for: a telephone is left lying about more easily than a desk. */
export type ClientType = 'WEB' | 'MOBILE';

/** What was made of a session when it was last judged; one that is denied has none. */
export type SessionRisk = 'LOW' | 'MEDIUM' | 'HIGH';

/** How strong a sign-in was; everything but a password alone is a second factor. */
export type SessionAssurance = Exclude<Assurance, 'NONE'>;

/** What decides how long a session lasts. */
export interface SessionOccasion {
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  readonly assurance: SessionAssurance;
  readonly method: SessionMethod;
  readonly clientType: ClientType;
}

// Who can change the business or read what everybody did (facts §4.4).
const POWERFUL: readonly Role[] = ['MANAGER', 'COMPLIANCE'];

/**
 * How long a session lasts, by whom and on what it is used and how strong its sign-in was (45 CFR 164.312(a)(2)(iii);
 * ASVS 7.3.1, 7.3.2). A telephone is left lying about: it asks for the fingerprint again after a quarter of an hour.
 * What the operator allows staff (`staffIdleMinutes`) makes that shorter, never longer.
 */
export function sessionLimits(
  { kind, roles, assurance, method, clientType }: SessionOccasion,
  { staffIdleMinutes = 15 }: { readonly staffIdleMinutes?: number } = {},
): SessionLimits {
  // Long enough to book, pay and look again; a mailbox is the weakest thing that opens anything here (facts §4.4).
  if (method === 'MAIL_CODE') return { idleMs: 15 * MINUTE_MS, absoluteMs: HOUR_MS, sessionsMax: 3 };
  // A program asks again with its key: a session of its is one token long.
  if (method === 'SERVICE_KEY') return { idleMs: 5 * MINUTE_MS, absoluteMs: 5 * MINUTE_MS, sessionsMax: 20 };
  if (kind === 'STAFF') {
    const idleMinutes = Math.min(roles.some((role) => POWERFUL.includes(role)) ? 10 : 15, staffIdleMinutes);
    return { idleMs: idleMinutes * MINUTE_MS, absoluteMs: 12 * HOUR_MS, sessionsMax: 3 };
  }
  const strong = assurance !== 'PASSWORD';
  const idleMinutes = clientType === 'MOBILE' ? 15 : strong ? 60 : 30;
  return {
    idleMs: idleMinutes * MINUTE_MS,
    absoluteMs: (strong ? 24 : 12) * HOUR_MS,
    sessionsMax: 10,
  };
}

/** When a session ends if nobody uses it from now on; never later than its absolute end. */
export function idleEnd(now: Date, idleMs: number, expiresAt: Date): Date {
  return new Date(Math.min(now.getTime() + idleMs, expiresAt.getTime()));
}

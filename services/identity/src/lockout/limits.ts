import type { AttemptScope } from './attempt-counter.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** After `max` within `windowMs` everything is refused for `lockMs`; each further failure doubles that, up to `lockMaxMs`. */
export interface Limit {
  readonly max: number;
  readonly windowMs: number;
  readonly lockMs: number;
  readonly lockMaxMs: number;
  /** From this many within the window on it is closed for `closeMs`. */
  readonly closeAt?: number;
  readonly closeMs?: number;
  /** From this many in a row on, however slowly they came, it is closed until somebody unlocks it. */
  readonly inARowMax?: number;
}

/** From the third failure within the window on, an attempt from an unknown device takes work (facts §4.3, B2). */
export const PROOF_FROM = 3;
/** How long "until unlocked" is in the end: after a year there is nobody left to ask. */
export const UNTIL_UNLOCKED_MS = 365 * DAY_MS;

// Facts §4.3: B1 is KNOWN_DEVICE, B2 UNKNOWN_DEVICES, B4 CODES. Of NETWORK, IDENTIFIERS and ORGANIZATION only the verdicts
// stand here, which detection/ passes on what it has counted (B3, B5).
export const LIMITS: Readonly<Record<AttemptScope, Limit>> = {
  UNKNOWN_DEVICES: {
    max: 5,
    windowMs: DAY_MS,
    lockMs: SECOND_MS,
    lockMaxMs: 15 * MINUTE_MS,
    closeAt: 20,
    closeMs: DAY_MS,
    inARowMax: 100, // NIST SP 800-63B-4 §3.2.2: no more than a hundred in a row
  },
  KNOWN_DEVICE: { max: 10, windowMs: 15 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 15 * MINUTE_MS },
  NETWORK: { max: 40, windowMs: 10 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 15 * MINUTE_MS },
  IDENTIFIERS: { max: 10, windowMs: 10 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 15 * MINUTE_MS },
  ORGANIZATION: { max: 100, windowMs: 10 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: 15 * MINUTE_MS },
  CODES: { max: 10, windowMs: HOUR_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: DAY_MS },
  SIGN_UPS: { max: 30, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  MAILS: { max: 5, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  // What is asked for in the name of an address: by strangers together, and by those of one network.
  ASKED: { max: 10, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  ASKED_FROM: { max: 4, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  UNLOCKS: { max: 10, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  RESETS: { max: 5, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  INVITATIONS: { max: 10, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  PASSKEYS: { max: 30, windowMs: 15 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: HOUR_MS },
  SMS: { max: 5, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: DAY_MS },
  SMS_PREFIX: { max: 50, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: DAY_MS },
  SMS_ORGANIZATION: { max: 200, windowMs: HOUR_MS, lockMs: HOUR_MS, lockMaxMs: HOUR_MS },
  SERVICE_KEYS: { max: 20, windowMs: 10 * MINUTE_MS, lockMs: 15 * MINUTE_MS, lockMaxMs: HOUR_MS },
};

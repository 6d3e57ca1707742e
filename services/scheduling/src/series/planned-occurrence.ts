import {
  violationOf,
  type LimitReached,
  type PolicyViolation,
  type SlotUnavailable,
} from '../bookings/violations.ts';
import type { PolicyCode } from '../schema-types.ts';

/** One time of a series that is not booked: whether it can be, or what stands against it. */
export interface PlannedOccurrence {
  readonly position: number;
  readonly startsAt: Date;
  readonly available: boolean;
  readonly reason: string | null;
  readonly message: string | null;
}

export type OccurrenceRefusal = SlotUnavailable | PolicyViolation | LimitReached;

/** What stands against a time, as a code that can be kept. */
export function reasonOf(refusal: OccurrenceRefusal): string {
  if (refusal.__typename === 'PolicyViolation') return refusal.code;
  return refusal.__typename === 'LimitReached' ? 'LIMIT_REACHED' : 'SLOT_TAKEN';
}

const KEPT_SENTENCES: Readonly<Record<string, string>> = {
  SLOT_TAKEN: 'Somebody else has this time.',
  LIMIT_REACHED: 'No more can be booked in this period.',
};

/** The sentence of a code that was kept; what it was said with may have changed since. */
export function sentenceOf(reason: string | null): string | null {
  if (reason === null) return null;
  return KEPT_SENTENCES[reason] ?? violationOf(reason as PolicyCode).message;
}

/** A time with what stands against it, or null. */
export function planned(
  time: { position: number; startsAt: Date },
  refusal: OccurrenceRefusal | null,
): PlannedOccurrence {
  return {
    ...time,
    available: refusal === null,
    reason: refusal === null ? null : reasonOf(refusal),
    message: refusal?.message ?? null,
  };
}

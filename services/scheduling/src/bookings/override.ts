import { may } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { OverrideInput } from '../schema-types.ts';
import { Booking } from './booking.ts';

// Long enough that a reader can understand it a year later; "ok" and "see mail" are no reasons.
const REASON_LENGTH_MIN = 10;
const REASON_LENGTH_MAX = 500;

/** A reason that somebody can follow later. */
export function readReason(value: string | null | undefined, field: string): string {
  const reason = readFreeText(value, { field, lengthMax: REASON_LENGTH_MAX });
  if (reason === null || [...reason].length < REASON_LENGTH_MIN) {
    throw refused.badInput(`"${field}" needs at least ${REASON_LENGTH_MIN} characters.`, { field });
  }
  return reason;
}

/** Only staff may pass rules. The gateway refuses the field to others; this service does not rely on that. */
export function demandOverride(context: SchedulingContext): void {
  if (!may(context.ability, 'override', 'Booking', new Booking())) throw refused.forbidden();
}

/** Why staff pass a rule, or null when nobody does. */
export function readOverride(
  context: SchedulingContext,
  override: OverrideInput | null | undefined,
): string | null {
  if (override == null) return null;
  demandOverride(context);
  return readReason(override.reason, 'override.reason');
}

import type { Booking } from '../bookings/booking.ts';

/** What can be unusual about changes of appointments. */
export type UnusualKind = 'BULK_CHANGES' | 'OFF_HOURS_CHANGES' | 'PAST_CHANGES';

// Each number is what a normal day stays below, with room; docs/decisions/0020 says how they were found.

/** The front desk calls off or moves the day of a provider who is ill: eight to sixteen appointments, one by one. */
const BULK_BY_STAFF = 25;
/** One client keeps a handful of appointments ahead and changes one or two of them at a time. */
const BULK_BY_CLIENT = 8;
const BULK_MINUTES = 10;

/** Some work late, and then change a few appointments; several within an hour of the night are another matter. */
const OFF_HOURS_CHANGES = 5;
const OFF_HOURS_MINUTES = 60;
/** On the business's own clock. Between these hours hardly anybody works at a front desk. */
const NIGHT_BEGINS = 23;
const NIGHT_ENDS = 5;

/** Appointments are closed on their day or within the week; what ended longer ago is history. */
const PAST_DAYS = 7;

/** What is watched: changes of appointments that stood. Holding and confirming have limits of their own. */
export const WATCHED_ACTIONS = [
  'booking_cancelled',
  'booking_rescheduled',
  'booking_reassigned',
  'booking_completed',
  'booking_no_show',
] as const;
const BULK_ACTIONS: readonly string[] = ['booking_cancelled', 'booking_rescheduled', 'booking_reassigned'];

/** A rule that counts what one actor did within so many minutes. */
export interface Rule {
  readonly kind: UnusualKind;
  readonly minutes: number;
  readonly threshold: number;
  readonly actions: readonly string[];
}

/** A great many changes at once, by one account. */
export const bulkRule = (byStaff: boolean): Rule => ({
  kind: 'BULK_CHANGES',
  minutes: BULK_MINUTES,
  threshold: byStaff ? BULK_BY_STAFF : BULK_BY_CLIENT,
  actions: BULK_ACTIONS,
});

/** The rules that a change falls under, by who made it, when on the business's clock, and to what. */
export function rulesFor(change: {
  action: string;
  byStaff: boolean;
  booking: Pick<Booking, 'endsAt'>;
  now: Date;
  localHour: number;
}): Rule[] {
  const rules: Rule[] = [];
  const { action, byStaff, booking, now, localHour } = change;
  if (BULK_ACTIONS.includes(action)) rules.push(bulkRule(byStaff));
  // Clients may think of their appointments at any hour.
  if (byStaff && (localHour >= NIGHT_BEGINS || localHour < NIGHT_ENDS)) {
    const threshold = OFF_HOURS_CHANGES;
    const minutes = OFF_HOURS_MINUTES;
    rules.push({ kind: 'OFF_HOURS_CHANGES', minutes, threshold, actions: WATCHED_ACTIONS });
  }
  if (now.getTime() - booking.endsAt.getTime() > PAST_DAYS * 86_400_000) {
    rules.push({ kind: 'PAST_CHANGES', minutes: 1, threshold: 1, actions: WATCHED_ACTIONS });
  }
  return rules;
}

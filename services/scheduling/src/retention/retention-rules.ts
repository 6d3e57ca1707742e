import { retentionRule, type PersonalData } from '@kept/personal-data';

const period = 'P24M';
const reason = 'Two years after an appointment nobody needs it any more to look back, complain or be paid';

/** Bookings go two years after the appointment's end, whatever became of it. */
export const bookingsAfterTwoYears = retentionRule({
  name: 'bookings after two years',
  clock: 'ends_at',
  period,
  then: 'delete_row',
  reason,
});

/** What blocked the calendar goes at the same age. */
export const allocationsAfterTwoYears = retentionRule({
  name: 'allocations after two years',
  clock: 'ends_at',
  period,
  then: 'delete_row',
  reason,
});

/** What is said about a booking goes together with it. */
export const historyWithItsBooking = retentionRule({
  name: 'what belongs to a booking',
  clock: 'booking.ends_at',
  period,
  then: 'delete_row',
  reason,
});

/** Afterwards reminders go by the appointment's own clock. */
export const zonesForTwoYears = retentionRule({
  name: 'zones of clients',
  clock: 'registered_at',
  period,
  then: 'shred',
  reason:
    'After two years it says little about where somebody lives, and the appointment’s own clock will do.',
});

/** What holds for everything that a client's booking says about the client. */
export function ofTheBooking(
  more: Pick<PersonalData, 'category' | 'reason' | 'erase'> & Partial<PersonalData>,
): PersonalData {
  return {
    subject: 'clientId',
    purposes: ['booking.service'],
    basis: 'gdpr:A6-1-b',
    retention: bookingsAfterTwoYears,
    export: 'client',
    ...more,
  };
}

/** What somebody wrote about a booking: sealed, and unreadable once it is erased. */
export function wordsOfTheBooking(why: string): PersonalData {
  return ofTheBooking({
    category: 'pd:Communication',
    fieldClass: 'sensitive',
    reason: why,
    erase: 'shred',
  });
}

/** When somebody was or will be where. */
export function timeOfTheBooking(why: string): PersonalData {
  return ofTheBooking({ category: 'kept:Schedule', reason: why, erase: 'keep' });
}

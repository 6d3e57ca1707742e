import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';

/** What a calendar entry says: times and the business's name. No notes, no service, no client's name. */
export interface CalendarEntry {
  readonly bookingId: string;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly version: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly cancelled: boolean;
  readonly now: Date;
}

/**
 * A name as it may stand in a calendar, also in a parameter (RFC 5545 §3.1, §3.2): a line end or a quotation mark there would
 * begin something new, and nothing escapes it.
 */
export const nameInCalendar = (name: string): string => name.replaceAll(/[\p{Cc}"]/gu, ' ').trim() || 'Kept';

/**
 * The .ics of a booking (RFC 5545, RFC 5546): one UID for its whole life, SEQUENCE rises with each change, and a
 * cancellation is METHOD:CANCEL, or calendars keep showing what is off. Times are UTC, so no VTIMEZONE can be wrong.
 */
export function calendarFile(entry: CalendarEntry): string {
  const method = entry.cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST;
  const name = nameInCalendar(entry.organizationName);
  const calendar = ical({ prodId: { company: 'Kept', product: 'Scheduling' }, method });
  calendar.createEvent({
    // The organization is part of the address from the first day (design §12).
    id: `${entry.bookingId}@${entry.organizationId}.kept.invalid`,
    sequence: entry.version,
    start: entry.startsAt,
    end: entry.endsAt,
    stamp: entry.now,
    summary: `Appointment: ${name}`,
    status: entry.cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    // RFC 5546 wants an organizer; `.invalid` (RFC 2606) can never be somebody's address.
    organizer: { name, email: `calendar@${entry.organizationId}.kept.invalid` },
  });
  return calendar.toString();
}

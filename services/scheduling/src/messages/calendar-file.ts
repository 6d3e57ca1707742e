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
 * The .ics of a booking (RFC 5545, RFC 5546): one UID for its whole life, SEQUENCE rises with each change, and a
 * cancellation is METHOD:CANCEL, or calendars keep showing what is off. Times are UTC, so no VTIMEZONE can be wrong.
 */
export function calendarFile(entry: CalendarEntry): string {
  const method = entry.cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST;
  const calendar = ical({ prodId: { company: 'Kept', product: 'Scheduling' }, method });
  calendar.createEvent({
    // The organization is part of the address from the first day (design §12).
    id: `${entry.bookingId}@${entry.organizationId}.kept.invalid`,
    sequence: entry.version,
    start: entry.startsAt,
    end: entry.endsAt,
    stamp: entry.now,
    summary: `Appointment: ${entry.organizationName}`,
    status: entry.cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    // RFC 5546 wants an organizer; `.invalid` (RFC 2606) can never be somebody's address.
    organizer: { name: entry.organizationName, email: `calendar@${entry.organizationId}.kept.invalid` },
  });
  return calendar.toString();
}

import ical, { ICalEventClass, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import { nameInCalendar } from '../messages/calendar-file.ts';

/** An appointment as a feed tells it. */
export interface FeedEntry {
  readonly bookingId: string;
  readonly version: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** When this version came to be. */
  readonly changedAt: Date;
  readonly cancelled: boolean;
}

const REFRESH_SECONDS = 60 * 60;

/**
 * A person's calendar (RFC 5545): the appointment's time and the business's name. UID and SEQUENCE are those of the mails
 * (messages/calendar-file.ts), so a calendar that has both shows one. DTSTAMP is when this version was made, not when it
 * was read: the file is the same until something changes. Times are UTC. REFRESH-INTERVAL is RFC 7986 §5.7.
 */
export function feedFile(
  { organizationId, organizationName }: { organizationId: string; organizationName: string },
  entries: readonly FeedEntry[],
): string {
  const name = nameInCalendar(organizationName);
  const calendar = ical({
    prodId: { company: 'Kept', product: 'Scheduling' },
    name,
    ttl: REFRESH_SECONDS,
  });
  for (const entry of entries) {
    calendar.createEvent({
      id: `${entry.bookingId}@${organizationId}.kept.invalid`,
      sequence: entry.version,
      start: entry.startsAt,
      end: entry.endsAt,
      stamp: entry.changedAt,
      summary: `Appointment: ${name}`,
      class: ICalEventClass.PRIVATE,
      status: entry.cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
      transparency: entry.cancelled ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
    });
  }
  return calendar.toString();
}

import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Booking } from '../bookings/booking.ts';
import { calendarFile } from './calendar-file.ts';

export type BookingTemplate =
  'booking-confirmed' | 'booking-rescheduled' | 'booking-cancelled' | 'provider-changed';

/** What one side alone is told, without an entry for the calendar: nothing takes place yet, or nothing changed there. */
export type NoticeTemplate = 'booking-requested' | 'booking-declined' | 'booking-expired' | 'booking-no-show';

/** What messages about a booking may say, as texts without anything personal. */
export async function messageParameters(
  tx: Transaction,
  booking: Booking,
): Promise<{ organizationName: string; parameters: Record<string, string> }> {
  const [names] = await tx.query<{ organization: string | null; service: string | null }>(
    `SELECT (SELECT name FROM organization_profile WHERE organization_id = $1) AS organization,
            (SELECT name FROM service WHERE id = $2) AS service`,
    [booking.organizationId, booking.serviceId],
  );
  const parameters = {
    bookingId: booking.id,
    providerId: booking.providerId,
    clientId: booking.clientId,
    serviceName: names?.service ?? '',
    startsAt: booking.startsAt.toISOString(),
    endsAt: booking.endsAt.toISOString(),
    timeZone: booking.timeZone,
  };
  return { organizationName: names?.organization ?? 'Appointment', parameters };
}

/** Asks for a message to the client and one to the provider, each with the calendar entry as it now is. */
export async function tellBothSides(
  tx: Transaction,
  booking: Booking,
  telling: { template: BookingTemplate; now: Date; more?: Record<string, string> },
): Promise<void> {
  const { template, now } = telling;
  const { organizationName, parameters } = await messageParameters(tx, booking);
  const content = calendarFile({
    bookingId: booking.id,
    organizationId: booking.organizationId,
    organizationName,
    version: booking.version,
    startsAt: booking.startsAt,
    endsAt: booking.endsAt,
    cancelled: booking.status === 'CANCELLED',
    now,
  });
  const attachment = { filename: 'appointment.ics', contentType: 'text/calendar', content };
  for (const recipient of [
    { kind: 'CLIENT' as const, id: booking.clientId },
    { kind: 'STAFF' as const, id: booking.providerId },
  ]) {
    await publish(tx, 'message.requested', {
      messageId: randomUUID(),
      recipient,
      template,
      purpose: 'booking.service',
      basis: 'contract',
      parameters: { ...parameters, ...telling.more },
      attachment,
    });
  }
}

/** Asks for a message to the client that changes nothing in a calendar. */
export async function tellClient(
  tx: Transaction,
  booking: Booking,
  telling: { template: NoticeTemplate; more?: Record<string, string> },
): Promise<void> {
  const { parameters } = await messageParameters(tx, booking);
  await publish(tx, 'message.requested', {
    messageId: randomUUID(),
    recipient: { kind: 'CLIENT', id: booking.clientId },
    template: telling.template,
    purpose: 'booking.service',
    basis: 'contract',
    parameters: { ...parameters, ...telling.more },
  });
}

import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish, publishAll, type News } from '@kept/events';
import type { Booking } from '../bookings/booking.ts';
import { calendarFile } from './calendar-file.ts';

export type BookingTemplate =
  'booking-confirmed' | 'booking-rescheduled' | 'booking-cancelled' | 'provider-changed';

/** What one side alone is told, without an entry for the calendar: nothing takes place yet, or nothing changed there. */
export type NoticeTemplate =
  'booking-requested' | 'booking-declined' | 'booking-expired' | 'booking-no-show' | 'booking-unpaid';

/** What messages about a booking may say, as texts without anything personal. */
export async function messageParameters(
  tx: Transaction,
  booking: Pick<
    Booking,
    | 'id'
    | 'organizationId'
    | 'clientId'
    | 'providerId'
    | 'serviceId'
    | 'startsAt'
    | 'endsAt'
    | 'timeZone'
    | 'locationKind'
  >,
): Promise<{ organizationName: string; providerIds: string[]; parameters: Record<string, string> }> {
  const [names] = await tx.query<{
    organization: string | null;
    service: string | null;
    providers: string[] | null;
  }>(
    `SELECT (SELECT name FROM organization_profile WHERE organization_id = $1) AS organization,
            (SELECT name FROM service WHERE id = $2) AS service,
            (SELECT array_agg(resource_id ORDER BY resource_id) FROM booking_resource
             WHERE booking_id = $3 AND role IN ('PROVIDER', 'CO_PROVIDER')) AS providers`,
    [booking.organizationId, booking.serviceId, booking.id],
  );
  const parameters = {
    bookingId: booking.id,
    providerId: booking.providerId,
    clientId: booking.clientId,
    serviceName: names?.service ?? '',
    startsAt: booking.startsAt.toISOString(),
    endsAt: booking.endsAt.toISOString(),
    timeZone: booking.timeZone,
    // Whoever comes to the place needs its clock alone.
    ...(booking.locationKind === 'IN_PERSON' && { inPerson: 'true' }),
  };
  const providerIds = [...new Set([booking.providerId, ...(names?.providers ?? [])])];
  return { organizationName: names?.organization ?? 'Appointment', providerIds, parameters };
}

/** What is told, and what was before it. */
interface Telling {
  readonly template: BookingTemplate;
  readonly now: Date;
  readonly more?: Record<string, string>;
  /** What happened: said first, in the same statement. */
  readonly news?: News;
  /** A manage link for the client's mail, sealed for identity. */
  readonly sealed?: string | undefined;
  /** The appointment before it changed, and who gave it: who does so no longer is told, too, and it leaves their calendar. */
  readonly before?: { readonly booking: Booking; readonly providerIds: readonly string[] };
}

/**
 * Asks for a message to the client and one to everybody who gives the appointment, each with the calendar entry as it now
 * is; who booked for several people is one person and hears once. In the transaction of the change: both or neither.
 */
export async function tellBothSides(tx: Transaction, booking: Booking, telling: Telling): Promise<void> {
  const { template, now, before } = telling;
  const texts = await messageParameters(tx, booking);
  const { providerIds } = texts;
  const cancelled = booking.status === 'CANCELLED';
  await tell(tx, booking, {
    ...telling,
    recipients: [
      { kind: 'CLIENT', id: booking.clientId },
      ...providerIds.map((id) => ({ kind: 'STAFF' as const, id })),
    ],
    template,
    cancelled,
    texts,
  });
  const left = before?.providerIds.filter((id) => !providerIds.includes(id)) ?? [];
  if (!before || left.length === 0) return;
  // The time they knew, and the version that is newer than it: their calendars take it out (RFC 5546 §3.2.5).
  const shown = { ...before.booking, version: booking.version };
  await tell(tx, shown, {
    recipients: left.map((id) => ({ kind: 'STAFF', id })),
    template: 'provider-changed',
    cancelled: true,
    now,
    texts: await messageParameters(tx, shown),
  });
}

/** Everybody who gives an appointment, the lead first. A seat in a session has no rows of its own. */
export async function providersOf(
  tx: Transaction,
  booking: Pick<Booking, 'id' | 'providerId'>,
): Promise<string[]> {
  const rows = await tx.query<{ resource_id: string }>(
    `SELECT resource_id FROM booking_resource
     WHERE booking_id = $1 AND role IN ('PROVIDER', 'CO_PROVIDER') ORDER BY resource_id`,
    [booking.id],
  );
  return [...new Set([booking.providerId, ...rows.map((row) => row.resource_id)])];
}

type Shown = Parameters<typeof messageParameters>[1] & Pick<Booking, 'version'>;

async function tell(
  tx: Transaction,
  shown: Shown,
  telling: {
    recipients: readonly { kind: 'CLIENT' | 'STAFF'; id: string }[];
    template: BookingTemplate;
    cancelled: boolean;
    now: Date;
    more?: Record<string, string>;
    sealed?: string | undefined;
    news?: News;
    texts: Awaited<ReturnType<typeof messageParameters>>;
  },
): Promise<void> {
  const { template, now, cancelled, news, texts } = telling;
  const { organizationName, parameters } = texts;
  const content = calendarFile({
    bookingId: shown.id,
    organizationId: shown.organizationId,
    organizationName,
    version: shown.version,
    startsAt: shown.startsAt,
    endsAt: shown.endsAt,
    cancelled,
    now,
  });
  const attachment = { filename: 'appointment.ics', contentType: 'text/calendar', content };
  const messages = telling.recipients.map((recipient): News => ({
    name: 'message.requested',
    payload: {
      messageId: randomUUID(),
      recipient,
      template,
      purpose: 'booking.service',
      basis: 'contract',
      parameters: { ...parameters, ...telling.more },
      attachment,
      ...(recipient.kind === 'CLIENT' && telling.sealed !== undefined && { sealed: telling.sealed }),
    },
  }));
  await publishAll(tx, news === undefined ? messages : [news, ...messages]);
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

/** Asks for a message to everybody who gives the appointment, about what is not the client's to know. */
export async function tellProviders(
  tx: Transaction,
  booking: Booking,
  { template }: { template: NoticeTemplate },
): Promise<void> {
  const { providerIds, parameters } = await messageParameters(tx, booking);
  const messages = providerIds.map((id): News => ({
    name: 'message.requested',
    payload: {
      messageId: randomUUID(),
      recipient: { kind: 'STAFF', id },
      template,
      purpose: 'booking.service',
      basis: 'contract',
      parameters,
    },
  }));
  await publishAll(tx, messages);
}

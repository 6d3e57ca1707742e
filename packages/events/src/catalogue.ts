import { z } from 'zod';
import {
  amountMinor,
  code,
  country,
  counts,
  currency,
  harmlessText,
  harmlessTexts,
  id,
  instant,
  microsecondInstant,
  reference,
  sealed,
  timeZone,
  version,
} from './payload-parts.ts';
import { passEvents } from './pass-events.ts';
import { paymentEvents } from './payment-events.ts';
import type { ServiceName } from './services.ts';

interface EventDefinition {
  /** Raised when the payload changes its meaning; consumers learn the new one first. */
  version: number;
  /** Who may publish it: anybody else's signature under it is refused. */
  from: readonly ServiceName[];
  to: readonly ServiceName[];
  payload: z.ZodObject;
}

const counted = z.int().min(0);
const bookingMoved = { bookingId: id, clientId: id, providerId: id, version };

const message = {
  messageId: id,
  recipient: z.strictObject({ kind: z.enum(['CLIENT', 'STAFF']), id }),
  template: code,
  purpose: code,
  basis: z.enum(['contract', 'consent']),
  parameters: harmlessTexts,
  // A calendar file made by scheduling: the appointment's times and the names of the service and the business.
  attachment: z
    .strictObject({
      filename: z.string().max(100),
      contentType: z.string().max(100),
      content: z.string().max(20_000),
    })
    .optional(),
  // What the mail alone may show, such as a manage link: a JWE that only identity's key opens. Nobody on the way can read it.
  sealed: sealed.optional(),
  notAfter: instant.optional(),
};

const toBookkeepers = { from: ['scheduling'], to: ['payments', 'compliance'] } as const;

/** Every event there is. The organization, the event's id and the time stand in the envelope of each. */
export const catalogue = {
  'organization.created': {
    version: 1,
    from: ['identity'],
    to: ['scheduling', 'payments', 'compliance'],
    payload: z.strictObject({ name: harmlessText, timeZone, currency }),
  },
  'client.registered': {
    version: 1,
    from: ['identity'],
    to: ['scheduling', 'payments', 'compliance'],
    // The zone in which their day begins, so that nobody is reminded at night; absent from an older identity.
    payload: z.strictObject({ clientId: id, timeZone: timeZone.optional() }),
  },
  // Something about a client's account that rules about odd requests look at; what it was stays with identity.
  'client.flagged': {
    version: 1,
    from: ['identity'],
    to: ['scheduling', 'payments'],
    payload: z.strictObject({ clientId: id, reason: code }),
  },
  // Where the telephone of a client is, for a rule that compares it with the card's: two letters, no digit of the number.
  'phone.noted': {
    version: 1,
    from: ['identity'],
    to: ['payments'],
    payload: z.strictObject({ clientId: id, country }),
  },
  // Somebody is written to elsewhere from now on; where, identity alone knows.
  'contact.changed': {
    version: 1,
    from: ['identity'],
    to: ['scheduling'],
    payload: z.strictObject({ clientId: id }),
  },
  'staff.joined': {
    version: 1,
    from: ['identity'],
    to: ['scheduling', 'compliance'],
    payload: z.strictObject({ staffMemberId: id, roles: z.array(code).max(10) }),
  },
  // Where the roles of somebody on the staff hold from now on; null: everywhere.
  'staff.placed': {
    version: 1,
    from: ['identity'],
    to: ['scheduling'],
    payload: z.strictObject({ staffMemberId: id, locationIds: z.array(id).min(1).max(50).nullable() }),
  },
  // Somebody on the staff has left: each service ends what it has given them, and answers with how much that was.
  'staff.offboarded': {
    version: 1,
    from: ['identity'],
    to: ['scheduling', 'payments', 'compliance'],
    payload: z.strictObject({ staffMemberId: id, offboardingId: id }),
  },
  'offboarding.answered': {
    version: 1,
    from: ['scheduling', 'payments', 'compliance'],
    to: ['identity'],
    payload: z.strictObject({ staffMemberId: id, offboardingId: id, counts }),
  },
  // A review of who may do what has come to a decision, or to its end without one: what is revoked is gone at once.
  'access.review_decided': {
    version: 1,
    from: ['compliance'],
    to: ['identity'],
    payload: z.strictObject({
      reviewId: id,
      staffMemberId: id,
      decidedBy: id.nullable(),
      decision: z.enum(['KEEP', 'REVOKE', 'EXPIRED']),
      roles: z.array(code).max(10),
    }),
  },
  // Somebody on the staff is trained, or let in before by two others: what they may do rests on it until then.
  'training.completed': {
    version: 1,
    from: ['compliance'],
    to: ['identity'],
    payload: z.strictObject({ staffMemberId: id, module: code, waived: z.boolean(), validUntil: instant }),
  },
  'booking.confirmed': {
    version: 1,
    ...toBookkeepers,
    payload: z.strictObject({
      ...bookingMoved,
      holdId: id,
      serviceId: id,
      // Where it is, null for nowhere; absent from an older scheduling.
      locationId: id.nullable().optional(),
      startsAt: instant,
      endsAt: instant,
      timeZone,
      // What it costs, and what its fees are; absent from an older scheduling.
      priceMinor: amountMinor.optional(),
      currency: currency.optional(),
      noShowFeeMinor: amountMinor.optional(),
      lateCancellationFeeMinor: amountMinor.optional(),
    }),
  },
  'booking.refused': {
    version: 1,
    from: ['scheduling'],
    to: ['payments'],
    payload: z.strictObject({ bookingId: id, holdId: id, reason: code }),
  },
  'booking.rescheduled': {
    version: 1,
    ...toBookkeepers,
    payload: z.strictObject({
      ...bookingMoved,
      startsAt: instant,
      endsAt: instant,
      // Where it is and what it costs from now on; absent from an older scheduling.
      locationId: id.nullable().optional(),
      timeZone: timeZone.optional(),
      priceMinor: amountMinor.optional(),
      currency: currency.optional(),
    }),
  },
  'booking.cancelled': {
    version: 1,
    ...toBookkeepers,
    payload: z.strictObject({
      ...bookingMoved,
      cancelledBy: z.enum(['CLIENT', 'STAFF', 'SYSTEM']),
      refundPercent: z.int().min(0).max(100),
      // Whether it was after the deadline, and what the rules ask for that; absent from an older scheduling.
      late: z.boolean().optional(),
      feeMinor: amountMinor.optional(),
    }),
  },
  'booking.completed': {
    version: 1,
    ...toBookkeepers,
    // `attended: false`: the client did not come, and the appointment is over all the same.
    payload: z.strictObject({
      bookingId: id,
      clientId: id,
      endedAt: instant,
      attended: z.boolean(),
      // Who did not come may get part of the deposit back.
      refundPercent: z.int().min(0).max(100).optional(),
    }),
  },
  ...paymentEvents,
  ...passEvents,
  'message.requested': {
    version: 1,
    from: ['scheduling', 'payments'],
    to: ['compliance'],
    payload: z.strictObject(message),
  },
  'message.decided': {
    version: 1,
    from: ['compliance'],
    to: ['identity', 'scheduling'],
    payload: z.strictObject({ ...message, allowed: z.boolean(), reason: code, receiptId: id.nullable() }),
  },
  // What was asked for is not true any more: a mail that has not left does not leave.
  'message.withdrawn': {
    version: 1,
    from: ['scheduling'],
    to: ['identity'],
    payload: z.strictObject({
      messageId: id,
      recipient: z.strictObject({ kind: z.enum(['CLIENT', 'STAFF']), id }),
    }),
  },
  'message.sent': {
    version: 1,
    from: ['identity'],
    to: ['scheduling', 'payments', 'compliance'],
    payload: z.strictObject({
      messageId: id,
      template: code,
      sentAt: instant,
      // To whom, and about which appointment: what a bank is shown when a charge is disputed.
      recipientId: id.optional(),
      bookingId: id.optional(),
    }),
  },
  'consent.changed': {
    version: 1,
    from: ['compliance'],
    to: ['scheduling'],
    payload: z.strictObject({ clientId: id, purpose: code, channel: code, state: code }),
  },
  // Something happened that the people responsible must hear of at once; identity knows who they are.
  'alert.raised': {
    version: 1,
    from: ['compliance', 'scheduling', 'payments'],
    to: ['identity'],
    payload: z.strictObject({ alertId: id, reason: code, parameters: harmlessTexts }),
  },
  // Somebody guesses passwords (DET-02): how often, at how many addresses and from how many networks, within how long.
  'auth.failures': {
    version: 1,
    from: ['identity'],
    to: ['compliance'],
    payload: z.strictObject({
      alertId: id,
      reason: code,
      failures: counted,
      identifiers: counted,
      networks: counted,
      windowSeconds: counted,
      dataSubjectId: id.optional(),
    }),
  },
  'audit.recorded': {
    version: 1,
    from: ['identity', 'scheduling', 'payments', 'compliance'],
    to: ['compliance'],
    payload: z.strictObject({
      action: code,
      actor: z.strictObject({ kind: code, id: reference.nullable() }),
      subject: z.strictObject({ type: code, id: reference.nullable() }),
      dataSubjectId: id.optional(),
      occurredAt: microsecondInstant,
      requestId: z.string().min(1).max(100).nullable(),
      outcome: code,
      details: harmlessTexts,
    }),
  },
} as const satisfies Record<string, EventDefinition>;

export type EventName = keyof typeof catalogue;
export type EventPayload<Name extends EventName> = z.infer<(typeof catalogue)[Name]['payload']>;

export const EVENT_NAMES = Object.keys(catalogue) as EventName[];

/** The entry of a name that came from outside, if there is one. */
export function definitionOf(name: string): EventDefinition | undefined {
  return Object.hasOwn(catalogue, name) ? catalogue[name as EventName] : undefined;
}

/** What a service is told. */
export function eventsFor(service: ServiceName): EventName[] {
  return EVENT_NAMES.filter((name) => (catalogue[name].to as readonly ServiceName[]).includes(service));
}

import { notNeeded, type EventHandlers } from '@kept/events';
import { onPaymentAuthorized, onPaymentSecured } from './bookings/on-payment-authorized.ts';
import { onPaymentUnpaid } from './bookings/on-payment-unpaid.ts';
import { onClientRegistered } from './clients/on-client-registered.ts';
import { onClientFlagged } from './reviews/on-client-flagged.ts';
import { onPassPaid } from './passes/on-pass-paid.ts';
import { onPassRefundAsked, onPassRefundFailed } from './passes/on-pass-refund.ts';
import type { Scheduling } from './scheduling.ts';
import { onContactChanged } from './messages/on-contact-changed.ts';
import { onOrganizationCreated } from './organizations/on-organization-created.ts';
import { onStaffJoined } from './providers/on-staff-joined.ts';
import { onStaffPlaced } from './providers/on-staff-placed.ts';
import { onStaffOffboarded } from './providers/on-staff-offboarded.ts';
import { onMessageDecided, onMessageSent } from './reminders/on-message-outcome.ts';

/** What this service does about what others tell it. */
export function eventHandlers(scheduling: Scheduling): EventHandlers {
  return {
    'organization.created': (tx, { payload }) => onOrganizationCreated(tx, payload),
    'client.registered': (tx, { payload }) => onClientRegistered(tx, payload, scheduling.clock()),
    'client.flagged': (tx, { payload }) => onClientFlagged(tx, payload, scheduling.clock()),
    'contact.changed': (tx, { payload }) => onContactChanged(tx, payload, scheduling.clock()),
    'staff.joined': (tx, { payload }) => onStaffJoined(tx, payload),
    'staff.placed': onStaffPlaced,
    'staff.offboarded': onStaffOffboarded,
    'payment.authorized': (tx, { payload }) => onPaymentAuthorized(tx, scheduling, payload),
    'payment.secured': (tx, { payload }) => onPaymentSecured(tx, scheduling, payload),
    'payment.unpaid': (tx, { payload }) => onPaymentUnpaid(tx, scheduling, payload),
    'pass.paid': (tx, { payload }) => onPassPaid(tx, scheduling, payload),
    'pass.refund_asked': (tx, { payload }) => onPassRefundAsked(tx, scheduling, payload),
    'pass.refund_failed': (tx, { payload }) => onPassRefundFailed(tx, scheduling, payload),
    'message.decided': (tx, { payload }) => onMessageDecided(tx, payload),
    'message.sent': (tx, { payload }) => onMessageSent(tx, payload),
    // A booking stands once its deposit is authorised; what becomes of the money is payments' own story.
    'payment.captured': notNeeded,
    'payment.voided': notNeeded,
    'payment.refunded': notNeeded,
    'payment.failed': notNeeded,
    // Compliance is asked when a reminder is due; a copy of consents kept here could only be older.
    'consent.changed': notNeeded,
  };
}

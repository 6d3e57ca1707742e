import { notNeeded, type EventHandlers } from '@kept/events';
import { onAuditRecorded } from './audit/on-audit-recorded.ts';
import { onClientRegistered } from './consent/on-client-registered.ts';
import { onMessageRequested } from './consent/on-message-requested.ts';
import { onMessageSent } from './consent/on-message-sent.ts';
import { onStaffOffboarded } from './training/on-staff-offboarded.ts';
import { onStaffJoined } from './training/on-staff-joined.ts';
import { onOrganizationCreated } from './organizations/on-organization-created.ts';

/** What this service does about what others tell it. */
export const eventHandlers: EventHandlers = {
  'organization.created': onOrganizationCreated,
  'client.registered': onClientRegistered,
  'message.requested': onMessageRequested,
  'message.sent': onMessageSent,
  'audit.recorded': onAuditRecorded,
  'staff.joined': onStaffJoined,
  'staff.offboarded': onStaffOffboarded,
  // Identity shows its alerts itself, and the audit log has an entry of each; reports about incidents will count them.
  'auth.failures': notNeeded,
  // Told so that requests about a person's data can be answered here one day; until then nothing is kept of them.
  'booking.confirmed': notNeeded,
  'booking.rescheduled': notNeeded,
  'booking.cancelled': notNeeded,
  'booking.completed': notNeeded,
};

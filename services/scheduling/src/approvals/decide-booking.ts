import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { approveWindows } from '../arbiter/confirm-windows.ts';
import { releaseBookedWindows } from '../arbiter/release-windows.ts';
import type { Actor } from '../audit/actor.ts';
import { announceConfirmed } from '../bookings/announce-confirmed.ts';
import { bookedWindows } from '../bookings/booked-resources.ts';
import type { Booking } from '../bookings/booking.ts';
import { saveBooking } from '../bookings/save-booking.ts';
import { SlotHold } from '../bookings/slot-hold.ts';
import { slotUnavailable, violationOf } from '../bookings/violations.ts';
import type { PolicyViolation, SlotUnavailable } from '../bookings/violations.ts';
import { tellClient } from '../messages/tell-both-sides.ts';
import { dropCapacity } from '../offers/claim-capacity.ts';
import { readClaims } from '../offers/read-claims.ts';
import type { Scheduling } from '../scheduling.ts';
import { noteFreedTime } from '../waitlist/note-freed-time.ts';
import { BookingDecision } from './booking-decision.ts';
import { decisionPlace } from './decision-texts.ts';

export interface Deciding {
  /** Locked. */
  readonly booking: Booking;
  /** A person of the business: also the actor. No machine decides (GDPR Article 22). */
  readonly decidedBy: string;
  readonly actor: Actor;
  readonly reason: string | null;
  readonly now: Date;
}

/**
 * A person of the business says yes: after a review the booking goes on to approval when its service asks for it, else it
 * stands. Its time was blocked all along; that it still is, the arbiter's rows say.
 */
export async function grantBooking(
  tx: Transaction,
  scheduling: Scheduling,
  deciding: Deciding,
): Promise<Booking | PolicyViolation | SlotUnavailable> {
  const { booking, actor, now } = deciding;
  if (!booking.isUndecided() || booking.statusAt(now) === 'EXPIRED') return violationOf('NOT_ACTIVE');
  const next =
    booking.status === 'PENDING_REVIEW' && booking.approvalRequired ? 'PENDING_APPROVAL' : 'CONFIRMED';
  if (next === 'CONFIRMED') {
    const windowCount = (await bookedWindows(tx, booking)).length;
    if (!(await approveWindows(tx, { bookingId: booking.id, windowCount }))) return slotUnavailable;
  }
  await writeDecision(tx, scheduling, { ...deciding, outcome: 'APPROVED' });
  booking.accept(next, now);
  await saveBooking(tx, booking, { scheduling, actor, action: 'booking_approved', now });
  if (next === 'CONFIRMED') {
    const hold = await tx.manager.findOneOrFail(SlotHold, { where: { bookingId: booking.id } });
    await announceConfirmed(tx, scheduling, { holdId: hold.id, booking, now });
  }
  return booking;
}

/** A person of the business says no, and why: the time is free again and the money goes back. */
export async function declineBooking(
  tx: Transaction,
  scheduling: Scheduling,
  deciding: Deciding & { reason: string },
): Promise<Booking | PolicyViolation> {
  const { booking, actor, now } = deciding;
  if (!booking.isUndecided() || booking.statusAt(now) === 'EXPIRED') return violationOf('NOT_ACTIVE');
  const decision = await writeDecision(tx, scheduling, { ...deciding, outcome: 'DECLINED' });
  booking.decline(decision.id);
  await saveBooking(tx, booking, { scheduling, actor, action: 'booking_declined', now });
  const had = await readClaims(tx, booking.id);
  await releaseBookedWindows(tx, booking.id);
  await dropCapacity(tx, had);
  if (booking.depositMinor !== null) {
    const hold = await tx.manager.findOneOrFail(SlotHold, { where: { bookingId: booking.id } });
    await publish(tx, 'booking.refused', { bookingId: booking.id, holdId: hold.id, reason: 'DECLINED' });
  }
  await tellClient(tx, booking, { template: 'booking-declined' });
  await noteFreedTime(tx, scheduling, { freed: booking, now });
  return booking;
}

async function writeDecision(
  tx: Transaction,
  { keyring }: Scheduling,
  { booking, decidedBy, actor, reason, now, outcome }: Deciding & { outcome: BookingDecision['outcome'] },
): Promise<BookingDecision> {
  invariant(actor.kind === 'STAFF' && actor.accountId === decidedBy, 'only people of the business decide');
  const decision: BookingDecision = {
    id: randomUUID(),
    organizationId: booking.organizationId,
    bookingId: booking.id,
    stage: booking.status === 'PENDING_REVIEW' ? 'REVIEW' : 'APPROVAL',
    outcome,
    decidedBy,
    decidedByKind: 'STAFF',
    reason: null,
    decidedAt: now,
    contestedAt: null,
    contest: null,
  };
  if (reason !== null) {
    const place = decisionPlace({ id: decision.id, clientId: booking.clientId }, 'reason');
    decision.reason = await keyring.seal(tx, place, reason);
  }
  await tx.manager.insert(BookingDecision, decision);
  return decision;
}

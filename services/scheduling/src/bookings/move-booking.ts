import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { moveWindows } from '../arbiter/move-windows.ts';
import type { Actor } from '../audit/actor.ts';
import { linkForMail } from '../links/link-for-mail.ts';
import { providersOf, tellBothSides } from '../messages/tell-both-sides.ts';
import type { BookingTerms, Candidate, OfferRequest } from '../offers/choose-offer.ts';
import { countsBeside, moveCapacity, type CapacityRefusal } from '../offers/claim-capacity.ts';
import { shareCounters } from '../offers/counters-gate.ts';
import { readClaims } from '../offers/read-claims.ts';
import { NotHad, tryCandidates } from '../offers/try-candidates.ts';
import { dropReminders, planReminder } from '../reminders/plan-reminder.ts';
import type { Scheduling } from '../scheduling.ts';
import { noteFreedTime, type FreedTime } from '../waitlist/note-freed-time.ts';
import { textPlace } from './booking-texts.ts';
import { replaceResources } from './booked-resources.ts';
import { Booking } from './booking.ts';
import { saveBooking } from './save-booking.ts';
import { slotUnavailable } from './violations.ts';

interface Moving {
  readonly booking: Booking;
  readonly offer: OfferRequest;
  readonly actor: Actor;
  readonly now: Date;
  /** Why staff move it against a rule, in their words; kept encrypted. */
  readonly reason: string | null;
  /** Whether it counts against how often the client may move it; by default what the client's rules allow does. */
  readonly counts?: boolean;
}

/**
 * Moves a locked, confirmed booking to another time or provider. It keeps its id, its payments and its history, and its old
 * time until the new one is taken; a refusal leaves everything as it was.
 */
export async function moveBooking(
  tx: Transaction,
  scheduling: Scheduling,
  moving: Moving,
): Promise<Booking | CapacityRefusal> {
  const request = moving.offer;
  return tryCandidates(tx, { request, refusalEndsAll: false }, (inner, { terms }, candidate) =>
    moveTo(inner, scheduling, { ...moving, terms, candidate }),
  );
}

async function moveTo(
  tx: Transaction,
  scheduling: Scheduling,
  { candidate, terms, ...moving }: Moving & { candidate: Candidate; terms: BookingTerms },
): Promise<Booking> {
  const { booking, offer, actor, now, reason } = moving;
  const { id } = booking;
  const had = await readClaims(tx, id);
  if (countsBeside(candidate)) await shareCounters(tx);
  if (!(await moveWindows(tx, { bookingId: id, windows: candidate.windows, now })))
    throw new NotHad(slotUnavailable);
  // A copy: when this candidate cannot be had, the caller's booking must be as it was.
  const moved = Object.assign(new Booking(), booking);
  moved.reschedule({
    startsAt: offer.startsAt,
    providerId: candidate.providerId,
    timeZone: candidate.timeZone,
    counts: moving.counts ?? offer.rules === 'CLIENT',
    ...(terms.variantId !== booking.variantId && { variant: terms }),
  });
  if (reason !== null) {
    const place = textPlace(booking, 'override_reason');
    moved.overrideReason = await scheduling.keyring.seal(tx, place, reason);
  }
  const refusal = await moveCapacity(tx, { had, booking: moved, candidate, until: null, now });
  if (refusal !== null) throw new NotHad(refusal);
  const reassigned = moved.providerId !== booking.providerId;
  await saveBooking(tx, moved, {
    scheduling,
    actor,
    action: reassigned ? 'booking_reassigned' : 'booking_rescheduled',
    now,
    ...(offer.rules === 'STAFF_OVERRIDE' && { reasonCode: 'STAFF_OVERRIDE' }),
  });
  const providerIds = await providersOf(tx, booking);
  await replaceResources(tx, moved, candidate.resources);
  await tellOfMove(tx, scheduling, { moved, before: booking, providerIds, now });
  return moved;
}

async function tellOfMove(
  tx: Transaction,
  scheduling: Scheduling,
  {
    moved,
    before,
    providerIds,
    now,
  }: { moved: Booking; before: Booking; providerIds: readonly string[]; now: Date },
): Promise<void> {
  await dropReminders(tx, moved.id, 'RESCHEDULED');
  await planReminder(tx, scheduling, { booking: moved, now });
  await publish(tx, 'booking.rescheduled', {
    bookingId: moved.id,
    clientId: moved.clientId,
    providerId: moved.providerId,
    locationId: moved.locationId,
    startsAt: moved.startsAt.toISOString(),
    endsAt: moved.endsAt.toISOString(),
    timeZone: moved.timeZone,
    priceMinor: moved.priceMinor,
    currency: moved.currency,
    version: moved.version,
  });
  // Another time is the greater news: only who keeps their time hears of the person alone.
  const sameTime = moved.startsAt.getTime() === before.startsAt.getTime();
  const template =
    sameTime && moved.providerId !== before.providerId ? 'provider-changed' : 'booking-rescheduled';
  const sealed = await linkForMail(tx, scheduling, { booking: moved, now });
  await tellBothSides(tx, moved, { template, now, sealed, before: { booking: before, providerIds } });
  const freed: FreedTime = before;
  await noteFreedTime(tx, scheduling, { freed, now });
}

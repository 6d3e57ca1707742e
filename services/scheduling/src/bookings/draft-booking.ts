import { randomUUID } from 'node:crypto';
import type { BookingTerms, Candidate } from '../offers/choose-offer.ts';
import { Booking, type BookingOrigin, type CancellationTier } from './booking.ts';
import { refundPercentAfter } from './refund.ts';
import { SlotHold } from './slot-hold.ts';

type ColumnsOf<Entity> = {
  [
    Name in keyof Entity as Entity[Name] extends (...parameters: never[]) => unknown ? never : Name
  ]: Entity[Name];
};

/** The booking that comes of an offer, under terms that are its own from now on. */
export function draftBooking(draft: {
  organizationId: string;
  serviceId: string;
  clientId: string;
  startsAt: Date;
  seats: number;
  terms: BookingTerms;
  candidate: Candidate;
  origin: BookingOrigin;
  heldUntil: Date;
  now: Date;
}): Booking {
  const { terms, candidate } = draft;
  const pending = terms.depositMinor === null ? 'PENDING_CONFIRMATION' : 'PENDING_PAYMENT';
  return Object.assign(new Booking(), {
    id: randomUUID(),
    organizationId: draft.organizationId,
    clientId: draft.clientId,
    providerId: candidate.providerId,
    serviceId: draft.serviceId,
    status: draft.origin === 'REQUEST' ? 'UNVERIFIED' : pending,
    version: 1,
    startsAt: draft.startsAt,
    endsAt: new Date(draft.startsAt.getTime() + terms.durationMinutes * 60_000),
    timeZone: candidate.timeZone,
    heldUntil: draft.heldUntil,
    bufferBeforeMinutes: terms.bufferBeforeMinutes,
    bufferAfterMinutes: terms.bufferAfterMinutes,
    cancellationWindowMinutes: terms.cancellationWindowMinutes,
    cancellationTiers: tiersOf(terms),
    noShowFeeMinor: terms.noShowFeeMinor,
    rescheduleWindowMinutes: terms.rescheduleWindowMinutes,
    reschedulesMax: terms.reschedulesMax,
    rescheduleCount: 0,
    priceMinor: terms.priceMinor,
    depositMinor: terms.depositMinor,
    currency: terms.currency,
    approvalRequired: terms.approvalRequired,
    decisionMinutes: terms.decisionMinutes,
    variantId: terms.variantId,
    addOnIds: [...terms.addOnIds],
    locationId: terms.locationId,
    locationKind: terms.locationKind,
    seats: draft.seats,
    origin: draft.origin,
    decideBy: null,
    decisionId: null,
    checkedInAt: null,
    cancelledBy: null,
    cancellationReason: null,
    overrideReason: null,
    notes: null,
    historyHead: null,
    createdAt: draft.now,
  } satisfies ColumnsOf<Booking>);
}

/**
 * A fee for cancelling late, as what is left of the deposit. Without a fee of its own a late cancellation costs the deposit.
 */
function tiersOf(terms: BookingTerms): CancellationTier[] | null {
  if (terms.cancellationTiers !== null) return [...terms.cancellationTiers];
  const { depositMinor, lateCancellationFeeMinor: fee, cancellationWindowMinutes } = terms;
  if (fee === null || depositMinor === null) return null;
  return [
    { minutesBefore: cancellationWindowMinutes, refundPercent: 100 },
    { minutesBefore: 0, refundPercent: refundPercentAfter(fee, depositMinor) },
  ];
}

/** The hold that keeps a new booking's time. */
export function draftHold(booking: Booking): SlotHold {
  return Object.assign(new SlotHold(), {
    id: randomUUID(),
    organizationId: booking.organizationId,
    bookingId: booking.id,
    clientId: booking.clientId,
    status: 'LIVE' as const,
    expiresAt: booking.heldUntil,
    extensions: 0,
    createdAt: booking.createdAt,
  });
}

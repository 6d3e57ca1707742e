import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { refusalOfStart } from '../availability/engine/offer.ts';
import { readWorkingTimes } from '../availability/read-calendars.ts';
import { readSteps } from '../availability/read-steps.ts';
import { Booking } from '../bookings/booking.ts';
import { violationOf, type PolicyViolation } from '../bookings/violations.ts';
import { feeOf } from './fee.ts';
import { findCandidates } from './find-candidates.ts';
import type { BookingTerms, ChosenOffer, OfferRequest } from './offer.ts';
import { readOffer, type ChosenService } from './read-offer.ts';

export type { BookedResource, BookingTerms, Candidate, ChosenOffer, OfferRequest } from './offer.ts';

/**
 * What could be booked under the service's terms, or the rule that stands against it. Four queries, six where there is a
 * choice of people or rooms, however many there are.
 */
export async function chooseOffer(
  tx: Transaction,
  request: OfferRequest,
): Promise<ChosenOffer | PolicyViolation> {
  const moving =
    request.movingBookingId === null
      ? null
      : await tx.manager.findOneOrFail(Booking, { where: { id: request.movingBookingId } });
  const chosen = await readOffer(tx, request);
  const { service } = chosen;
  if (request.seats < 1 || (request.seats > service.capacity && moving === null)) {
    const { capacity } = service;
    throw refused.badInput(
      capacity === 1 ? 'This is for one person at a time.' : `There are at most ${capacity} seats.`,
      { field: 'seats' },
    );
  }
  const terms = termsOf(chosen, request, moving);
  const startMinute = request.startsAt.getTime() / 60_000;
  const range = { start: startMinute, end: startMinute + terms.durationMinutes };
  const collective = service.providerChoice === 'COLLECTIVE';
  const times = await readWorkingTimes(tx, {
    serviceId: service.id,
    // Colleagues matter to a collective service, whoever leads it.
    providerId: collective ? null : request.providerId,
    range,
    now: request.now,
  });
  const named = request.providerId;
  if (named === null ? times.length === 0 : times.every(({ providerId }) => providerId !== named)) {
    return violationOf('NOT_OFFERED');
  }
  const offer = { ...service, ...terms };
  const override = request.rules === 'STAFF_OVERRIDE';
  const steps = await readSteps(tx, request, offer);
  const refusals = times.map((time) => {
    if (override) return null;
    const offering = steps.offeringOf(time.providerId);
    const asked = { startMinute, nowMinute: request.now.getTime() / 60_000, booker: steps.booker };
    return refusalOfStart(time, offer, offering === undefined ? asked : { ...asked, offering });
  });
  const working = times.filter((_, index) => refusals[index] === null);
  const needed = collective ? (service.providersNeeded ?? times.length) : 1;
  const leads = named === null || working.some(({ providerId }) => providerId === named);
  if (working.length < needed || !leads) {
    return violationOf(refusals.find((refusal) => refusal !== null) ?? 'NOT_OFFERED');
  }
  const found = await findCandidates(tx, { request, chosen, terms, times: working });
  return { service, terms, ...found };
}

function termsOf(chosen: ChosenService, request: OfferRequest, moving: Booking | null): BookingTerms {
  const { service, variant, location } = chosen;
  // It keeps the length it was booked with, unless another one is chosen.
  const keeps = moving !== null && moving.variantId === request.variantId;
  const booked = keeps ? (moving.endsAt.getTime() - moving.startsAt.getTime()) / 60_000 : null;
  const each = (variant?.priceMinor ?? service.priceMinor) + chosen.extraPriceMinor;
  const deposit = variant === null ? service.depositMinor : variant.depositMinor;
  const priceMinor = each * request.seats;
  return {
    durationMinutes: booked ?? (variant?.durationMinutes ?? service.durationMinutes) + chosen.extraMinutes,
    bufferBeforeMinutes: moving?.bufferBeforeMinutes ?? service.bufferBeforeMinutes,
    bufferAfterMinutes: moving?.bufferAfterMinutes ?? service.bufferAfterMinutes,
    cancellationWindowMinutes: service.cancellationWindowMinutes,
    cancellationTiers: null,
    rescheduleWindowMinutes: service.rescheduleWindowMinutes,
    reschedulesMax: service.reschedulesMax,
    priceMinor,
    depositMinor: deposit === null ? null : deposit * request.seats,
    currency: service.currency,
    approvalRequired: service.approvalRequired,
    decisionMinutes: 2880,
    variantId: request.variantId,
    addOnIds: request.addOnIds,
    locationId: location?.id ?? request.locationId,
    locationKind: location?.kind ?? moving?.locationKind ?? null,
    noShowFeeMinor: feeOf(priceMinor, {
      percent: service.noShowFeePercent,
      amountMinor: service.noShowFeeMinor,
    }),
    lateCancellationFeeMinor: feeOf(priceMinor, {
      percent: service.lateCancellationFeePercent,
      amountMinor: service.lateCancellationFeeMinor,
    }),
  };
}

import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { BookedWindow } from '../arbiter/booked-window.ts';
import { refusalOfStart } from '../availability/engine/offer.ts';
import { readWorkingTimes, type ProviderTime } from '../availability/read-calendars.ts';
import { Booking, type CancellationTier } from '../bookings/booking.ts';
import { violationOf, type PolicyViolation } from '../bookings/violations.ts';
import { Service } from '../services/service.ts';

/** What somebody would like to book, checked for form. */
export interface OfferRequest {
  readonly serviceId: string;
  readonly variantId: string | null;
  readonly addOnIds: readonly string[];
  readonly locationId: string | null;
  /** Null: whoever offers it, fairly. */
  readonly providerId: string | null;
  readonly startsAt: Date;
  readonly seats: number;
  readonly now: Date;
  readonly clientId: string | null;
  /** The booking that moves: its own time is no obstacle, and it keeps the length it was booked with. */
  readonly movingBookingId: string | null;
  /** Staff may pass notice, hours, grid and limits, with a reason; never the arbiter. */
  readonly rules: 'CLIENT' | 'STAFF_OVERRIDE';
}

/** What a booking is made under, copied onto it: a service changed later changes no promise. Times in minutes. */
export interface BookingTerms {
  readonly durationMinutes: number;
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
  readonly cancellationWindowMinutes: number;
  readonly cancellationTiers: readonly CancellationTier[] | null;
  readonly rescheduleWindowMinutes: number;
  readonly reschedulesMax: number;
  readonly priceMinor: number;
  readonly depositMinor: number | null;
  readonly currency: string;
  readonly approvalRequired: boolean;
  /** How long the business may take to decide. */
  readonly decisionMinutes: number;
  readonly variantId: string | null;
  readonly addOnIds: readonly string[];
  readonly locationId: string | null;
  /** Whether one comes, calls or meets by video; null when the service does not say. */
  readonly locationKind: string | null;
}

/** Something that is needed for the appointment and blocked by it. */
export interface BookedResource {
  readonly resourceId: string;
  readonly kind: 'STAFF' | 'ROOM' | 'EQUIPMENT';
  readonly role: 'PROVIDER' | 'ROOM' | 'EQUIPMENT' | 'CO_PROVIDER';
}

/** So many of a pool of equal things. */
export interface PoolClaim {
  readonly poolId: string;
  readonly units: number;
  readonly start: Date;
  readonly end: Date;
}

/** The group session in which seats are wanted: the first booking makes it. */
export interface SessionKey {
  readonly serviceId: string;
  readonly providerId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly capacity: number;
}

/** One way to give somebody what they asked for. The arbiter decides whether it is free. */
export interface Candidate {
  readonly providerId: string;
  readonly timeZone: string;
  /** What the booking itself blocks, buffers included; nothing when it is a seat in a session. */
  readonly windows: readonly BookedWindow[];
  readonly resources: readonly BookedResource[];
  readonly pools: readonly PoolClaim[];
  readonly sessionKey: SessionKey | null;
}

export interface ChosenOffer {
  readonly service: Service;
  readonly terms: BookingTerms;
  /** In order of preference; never empty. */
  readonly candidates: readonly Candidate[];
}

/** What could be booked under the service's terms, or the rule that stands against it. */
export async function chooseOffer(
  tx: Transaction,
  request: OfferRequest,
): Promise<ChosenOffer | PolicyViolation> {
  const moving =
    request.movingBookingId === null
      ? null
      : await tx.manager.findOneOrFail(Booking, { where: { id: request.movingBookingId } });
  // A service that is no longer offered still keeps what was booked of it.
  const where = { id: request.serviceId, ...(moving === null && { active: true }) };
  const service = await tx.manager.findOne(Service, { where });
  if (service === null) throw refused.notFound('service');
  const terms = termsOf(service, request, moving);
  const startMinute = request.startsAt.getTime() / 60_000;
  const range = { start: startMinute, end: startMinute + terms.durationMinutes };
  const { serviceId, providerId } = request;
  const times = await readWorkingTimes(tx, { serviceId, providerId, range });
  if (times.length === 0) return violationOf('NOT_OFFERED');
  const asked = { startMinute, nowMinute: request.now.getTime() / 60_000 };
  const offer = { ...service, ...terms };
  const refusals = times.map((time) => refusalOfStart(time, offer, asked));
  const free = times.filter((_, index) => request.rules === 'STAFF_OVERRIDE' || refusals[index] === null);
  const [refusal] = refusals;
  if (free.length === 0) return violationOf(refusal ?? 'NOT_OFFERED');
  const candidates = free.map((time) => candidateOf(time, request.startsAt, terms));
  return { service, terms, candidates: await inFairOrder(tx, candidates, request.now) };
}

function termsOf(service: Service, request: OfferRequest, moving: Booking | null): BookingTerms {
  const booked = moving && (moving.endsAt.getTime() - moving.startsAt.getTime()) / 60_000;
  return {
    durationMinutes: booked ?? service.durationMinutes,
    bufferBeforeMinutes: moving?.bufferBeforeMinutes ?? service.bufferBeforeMinutes,
    bufferAfterMinutes: moving?.bufferAfterMinutes ?? service.bufferAfterMinutes,
    cancellationWindowMinutes: service.cancellationWindowMinutes,
    cancellationTiers: null,
    rescheduleWindowMinutes: service.rescheduleWindowMinutes,
    reschedulesMax: service.reschedulesMax,
    priceMinor: service.priceMinor,
    depositMinor: service.depositMinor,
    currency: service.currency,
    approvalRequired: false,
    decisionMinutes: 2880,
    variantId: request.variantId,
    addOnIds: request.addOnIds,
    locationId: request.locationId,
    locationKind: null,
  };
}

function candidateOf({ providerId, zone }: ProviderTime, startsAt: Date, terms: BookingTerms): Candidate {
  const start = new Date(startsAt.getTime() - terms.bufferBeforeMinutes * 60_000);
  const end = new Date(startsAt.getTime() + (terms.durationMinutes + terms.bufferAfterMinutes) * 60_000);
  return {
    providerId,
    timeZone: zone.name,
    windows: [{ resourceId: providerId, start, end }],
    resources: [{ resourceId: providerId, kind: 'STAFF', role: 'PROVIDER' }],
    pools: [],
    sessionKey: null,
  };
}

const FAIRNESS_DAYS = 28;

/** Whoever has the fewest booked minutes ahead comes first; the same answer to the same calendar. */
async function inFairOrder(
  tx: Transaction,
  candidates: readonly Candidate[],
  now: Date,
): Promise<readonly Candidate[]> {
  if (candidates.length < 2) return candidates;
  const rows = await tx.query<{ provider_id: string; minutes: number }>(
    `SELECT provider_id, (sum(extract(epoch FROM ends_at - starts_at)) / 60)::float8 AS minutes FROM booking
     WHERE provider_id = ANY ($1::uuid[]) AND starts_at >= $2 AND starts_at < $3
       AND status IN ('PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED') GROUP BY provider_id`,
    [
      candidates.map(({ providerId }) => providerId),
      now,
      new Date(now.getTime() + FAIRNESS_DAYS * 86_400_000),
    ],
  );
  const minutes = new Map(rows.map((row) => [row.provider_id, row.minutes]));
  const load = ({ providerId }: Candidate): number => minutes.get(providerId) ?? 0;
  return candidates.toSorted((a, b) => load(a) - load(b) || (a.providerId < b.providerId ? -1 : 1));
}

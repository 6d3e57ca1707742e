import type { BookedWindow } from '../arbiter/booked-window.ts';
import type { CancellationTier } from '../bookings/booking.ts';
import type { LimitClaim } from '../limits/claim-limits.ts';
import type { PoolClaim } from '../resources/claim-pools.ts';
import type { Service } from '../services/service.ts';
import type { SessionKey } from '../sessions/take-seats.ts';

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
  /** Who cannot have it any longer, when it goes to whoever else is free. */
  readonly exceptProviderId?: string;
  /** The booking that moves: its own time is no obstacle, and it keeps the length it was booked with. */
  readonly movingBookingId: string | null;
  /** The zone in which the start was offered, whose grid it must lie on; without it only what no zone offers is refused. */
  readonly timeZone?: string | null;
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
  /** What not coming costs, in the booking's currency; null: nothing. */
  readonly noShowFeeMinor: number | null;
  readonly lateCancellationFeeMinor: number | null;
}

/** Something that is needed for the appointment and blocked by it. */
export interface BookedResource {
  readonly resourceId: string;
  readonly kind: 'STAFF' | 'ROOM' | 'EQUIPMENT';
  readonly role: 'PROVIDER' | 'ROOM' | 'EQUIPMENT' | 'CO_PROVIDER';
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
  readonly limits: readonly LimitClaim[];
}

export interface ChosenOffer {
  readonly service: Service;
  readonly terms: BookingTerms;
  /** In order of preference. Empty when there was a choice and nothing of it is free. */
  readonly candidates: readonly Candidate[];
  /** Whether busy times were looked at to choose: another look may then find others. */
  readonly hadChoice: boolean;
}

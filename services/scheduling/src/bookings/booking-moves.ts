import type { BookingStatus } from '../schema-types.ts';

/** Where a booking may go from where it stands. The trigger `booking_moves_only_forward` says the same. */
export const MOVES: Readonly<Record<BookingStatus, readonly BookingStatus[]>> = {
  UNVERIFIED: ['PENDING_PAYMENT', 'PENDING_CONFIRMATION', 'CANCELLED', 'EXPIRED'],
  PENDING_PAYMENT: ['PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED', 'CANCELLED', 'EXPIRED'],
  PENDING_CONFIRMATION: ['PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED', 'CANCELLED', 'EXPIRED'],
  PENDING_REVIEW: ['PENDING_APPROVAL', 'CONFIRMED', 'DECLINED', 'CANCELLED', 'EXPIRED'],
  PENDING_APPROVAL: ['CONFIRMED', 'DECLINED', 'CANCELLED', 'EXPIRED'],
  CONFIRMED: ['CANCELLED', 'COMPLETED', 'NO_SHOW'],
  // Only what was paid for too late and could be taken once more.
  EXPIRED: ['PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED'],
  CANCELLED: [],
  DECLINED: [],
  COMPLETED: [],
  NO_SHOW: [],
};

/** Its slot is held for minutes: nobody has paid, confirmed or proved who they are yet. */
export const HELD: readonly BookingStatus[] = ['UNVERIFIED', 'PENDING_PAYMENT', 'PENDING_CONFIRMATION'];

/** The client has done all they can; somebody of the business decides. */
export const WAITING_FOR_STAFF: readonly BookingStatus[] = ['PENDING_REVIEW', 'PENDING_APPROVAL'];

/** Where a booking moves. */
export interface Move {
  readonly startsAt: Date;
  readonly providerId: string;
  readonly timeZone: string;
  /** Whether it counts against how often the client may move it. */
  readonly counts: boolean;
  /** Another length and price, when one is chosen; whatever was agreed besides stays. */
  readonly variant?: {
    readonly variantId: string | null;
    readonly durationMinutes: number;
    readonly priceMinor: number;
  };
}

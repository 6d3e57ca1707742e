import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import { judgeCancellation, partOf } from '../bookings/refund.ts';
import { movableUntil, refusalOfMove } from '../bookings/reschedule-booking.ts';
import { violationOf } from '../bookings/violations.ts';
import type { BookingStatus, LinkAction } from '../schema-types.ts';
import { attendanceOf } from './attendance.ts';

/** A booking as its link shows it. Service and provider are looked up when they are asked for. */
export interface ShownBooking {
  readonly status: BookingStatus;
  readonly version: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly timeZone: string;
  readonly serviceId: string;
  readonly providerId: string;
  readonly actions: LinkAction[];
  readonly cancelRefusal: ReturnType<typeof violationOf> | null;
  readonly refundPercent: number;
  readonly refund: { amountMinor: number; currency: string } | null;
  readonly refundFallsAfter: Date | null;
  readonly moveRefusal: ReturnType<typeof violationOf> | null;
  readonly movableUntil: Date;
  readonly movesLeft: number;
  readonly attendanceConfirmedAt: Date | null;
}

/** What a link shows, with what could be done now and what it would come to. */
export async function showLinkedBooking(
  tx: Transaction,
  { booking, actions, now }: { booking: Booking; actions: LinkAction[]; now: Date },
): Promise<ShownBooking> {
  const { code, refundPercent, refundFallsAfter } = judgeCancellation(booking, now);
  const moveCode = refusalOfMove(booking, now);
  const { depositMinor, currency } = booking;
  return {
    status: booking.statusAt(now),
    version: booking.version,
    startsAt: booking.startsAt,
    endsAt: booking.endsAt,
    timeZone: booking.timeZone,
    serviceId: booking.serviceId,
    providerId: booking.providerId,
    actions,
    cancelRefusal: code === null ? null : violationOf(code),
    refundPercent,
    refund:
      depositMinor === null ? null : { amountMinor: partOf(depositMinor, refundPercent, currency), currency },
    refundFallsAfter,
    moveRefusal: moveCode === null ? null : violationOf(moveCode),
    movableUntil: movableUntil(booking),
    movesLeft: Math.max(0, booking.reschedulesMax - booking.rescheduleCount),
    attendanceConfirmedAt: (await attendanceOf(tx, [booking])).get(booking.id) ?? null,
  };
}

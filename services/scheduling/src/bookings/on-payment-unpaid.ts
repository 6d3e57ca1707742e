import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';
import { byItself } from '../audit/actor.ts';
import { tellProviders } from '../messages/tell-both-sides.ts';
import type { Scheduling } from '../scheduling.ts';
import { callOff } from './call-off.ts';
import { lockBooking } from './find-booking.ts';

/**
 * What was to be reserved for an appointment could not be, and the client did nothing about it in time. The business
 * decided beforehand: the slot is given up and nothing is owed, or the appointment stands and its people know.
 */
export async function onPaymentUnpaid(
  tx: Transaction,
  scheduling: Scheduling,
  { bookingId, policy }: EventPayload<'payment.unpaid'>,
): Promise<void> {
  const now = scheduling.clock();
  const booking = await lockBooking(tx, bookingId);
  const stands = booking?.status === 'CONFIRMED' || booking?.isUndecided() === true;
  if (booking === null || !stands || booking.startsAt <= now) return;
  if (policy === 'KEEP') return tellProviders(tx, booking, { template: 'booking-unpaid' });
  await callOff(tx, scheduling, {
    booking,
    by: 'SYSTEM',
    actor: byItself('payment.unpaid', 'PAYMENT'),
    reason: null,
    refundPercent: 100,
    now,
    reasonCode: 'UNPAID',
  });
}

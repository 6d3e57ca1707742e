import type { Transaction } from '@kept/database';
import { publishAll, type News } from '@kept/events';
import { linkForMail } from '../links/link-for-mail.ts';
import { tellBothSides } from '../messages/tell-both-sides.ts';
import { readFees, type Fees } from '../offers/fee.ts';
import { planReminder } from '../reminders/plan-reminder.ts';
import type { Scheduling } from '../scheduling.ts';
import type { Booking } from './booking.ts';

/** What follows when a booking comes to stand, however it did: everybody who must know is told. */
export async function announceConfirmed(
  tx: Transaction,
  scheduling: Scheduling,
  {
    holdId,
    booking,
    now,
    quietly,
    fees,
  }: {
    holdId: string;
    booking: Booking;
    now: Date;
    quietly?: boolean;
    /** What it was made under, for whoever has read them. */
    fees?: Fees;
  },
): Promise<void> {
  await planReminder(tx, scheduling, { booking, now });
  const { noShowFeeMinor, lateCancellationFeeMinor } = fees ?? (await readFees(tx, booking.id));
  const payload = {
    bookingId: booking.id,
    holdId,
    clientId: booking.clientId,
    providerId: booking.providerId,
    serviceId: booking.serviceId,
    locationId: booking.locationId,
    startsAt: booking.startsAt.toISOString(),
    endsAt: booking.endsAt.toISOString(),
    timeZone: booking.timeZone,
    version: booking.version,
    priceMinor: booking.priceMinor,
    currency: booking.currency,
    ...(noShowFeeMinor !== null && { noShowFeeMinor }),
    ...(lateCancellationFeeMinor !== null && { lateCancellationFeeMinor }),
  };
  const news: News = { name: 'booking.confirmed', payload };
  if (quietly === true) {
    await publishAll(tx, [news]);
    return;
  }
  const sealed = await linkForMail(tx, scheduling, { booking, now });
  await tellBothSides(tx, booking, { template: 'booking-confirmed', now, sealed, news });
}

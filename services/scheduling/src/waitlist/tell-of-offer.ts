import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Booking } from '../bookings/booking.ts';
import { messageParameters } from '../messages/tell-both-sides.ts';

/** Asks for a message to somebody who waits: a time is kept for them, or is so no longer. */
export async function tellOfOffer(
  tx: Transaction,
  booking: Booking,
  telling: { template: 'waitlist-offer' | 'waitlist-offer-ended'; offerUntil: Date },
): Promise<void> {
  const { parameters } = await messageParameters(tx, booking);
  const offerUntil = telling.offerUntil.toISOString();
  await publish(tx, 'message.requested', {
    messageId: randomUUID(),
    recipient: { kind: 'CLIENT', id: booking.clientId },
    template: telling.template,
    purpose: 'booking.service',
    basis: 'contract',
    parameters: { ...parameters, offerUntil },
    // A mail about a time that is gone would only disappoint.
    ...(telling.template === 'waitlist-offer' && { notAfter: offerUntil }),
  });
}

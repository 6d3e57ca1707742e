import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { SlotHold as SlotHoldView } from '../schema-types.ts';
import { findBooking } from './find-booking.ts';
import { quoteFor } from './quote.ts';
import { SlotHold } from './slot-hold.ts';

/** A hold as its client sees it, made from the rows alone: a repeated request is shown the same. */
export async function showSlotHold(
  tx: Transaction,
  holdId: string,
  signingKey: KeyObject,
): Promise<SlotHoldView> {
  const hold = await tx.manager.findOne(SlotHold, { where: { id: holdId } });
  const booking = hold && (await findBooking(tx, hold.bookingId));
  // A key repeated after the booking's retention: what it was for is gone.
  if (hold === null || booking === null) throw refused.notFound('hold');
  return {
    id: hold.id,
    bookingId: booking.id,
    startsAt: booking.startsAt,
    endsAt: booking.endsAt,
    expiresAt: hold.expiresAt,
    quote: quoteFor(hold, booking, signingKey),
    depositDue:
      booking.depositMinor === null
        ? null
        : { amountMinor: booking.depositMinor, currency: booking.currency },
  };
}

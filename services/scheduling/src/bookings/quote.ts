import type { KeyObject } from 'node:crypto';
import { signStatement } from '@kept/events';
import type { Booking } from './booking.ts';
import type { SlotHold } from './slot-hold.ts';

export const QUOTE_PREFIX = 'kept/quote/v1';

/** What the booking's service costs whoever does not come, or cancels late. */
interface Fees {
  readonly noShowFeeMinor: number | null;
  readonly lateCancellationFeeMinor: number | null;
}

/**
 * What a held slot asks for, how much and until when, signed: payments trusts the signature and asks nobody.
 * The same rows give the same text, so repeating a request answers the same quote. Null when nothing is asked for.
 */
export function quoteFor(
  { hold, booking, fees }: { hold: SlotHold; booking: Booking; fees: Fees },
  signingKey: KeyObject,
): string | null {
  const { noShowFeeMinor, lateCancellationFeeMinor } = fees;
  // Without a deposit a card can stand for the fees: nothing is reserved on it, and no more than this is ever taken.
  const feeMinor = Math.max(noShowFeeMinor ?? 0, lateCancellationFeeMinor ?? 0);
  const amountMinor = booking.depositMinor ?? feeMinor;
  if (amountMinor === 0) return null;
  return signStatement(
    QUOTE_PREFIX,
    {
      v: 1,
      organizationId: booking.organizationId,
      holdId: hold.id,
      bookingId: booking.id,
      clientId: booking.clientId,
      providerId: booking.providerId,
      serviceId: booking.serviceId,
      purpose: 'DEPOSIT',
      collect: booking.depositMinor === null ? 'CARD' : 'DEPOSIT',
      amountMinor,
      currency: booking.currency,
      startsAt: booking.startsAt.toISOString(),
      endsAt: booking.endsAt.toISOString(),
      timeZone: booking.timeZone,
      priceMinor: booking.priceMinor,
      ...(noShowFeeMinor !== null && { noShowFeeMinor }),
      ...(lateCancellationFeeMinor !== null && { lateCancellationFeeMinor }),
      expiresAt: hold.expiresAt.toISOString(),
      issuedAt: hold.createdAt.toISOString(),
    },
    signingKey,
  );
}

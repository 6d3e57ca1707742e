import type { KeyObject } from 'node:crypto';
import { signStatement } from '@kept/events';
import type { Booking } from './booking.ts';
import type { SlotHold } from './slot-hold.ts';

const QUOTE_PREFIX = 'kept/quote/v1';

/**
 * What a held slot asks for, how much and until when, signed: payments trusts the signature and asks nobody.
 * The same rows give the same text, so repeating a request answers the same quote. Null when no deposit is due.
 */
export function quoteFor(hold: SlotHold, booking: Booking, signingKey: KeyObject): string | null {
  if (booking.depositMinor === null) return null;
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
      amountMinor: booking.depositMinor,
      currency: booking.currency,
      expiresAt: hold.expiresAt.toISOString(),
      issuedAt: hold.createdAt.toISOString(),
    },
    signingKey,
  );
}

import type { KeyObject } from 'node:crypto';
import { signStatement } from '@kept/events';
import { QUOTE_PREFIX } from '../bookings/quote.ts';
import type { PassPurchase } from './pass-purchase.ts';

/**
 * What a pass costs, who pays, whose it will be and until when, signed as the quote of a slot is: payments trusts the
 * signature and asks nobody. The same row gives the same text. Its purpose keeps it from being used for a slot.
 */
export function passQuote(purchase: PassPurchase, signingKey: KeyObject): string {
  const { id, organizationId, productId, clientId, boughtBy, priceMinor, currency } = purchase;
  return signStatement(
    QUOTE_PREFIX,
    {
      v: 1,
      organizationId,
      purpose: 'PASS',
      purchaseId: id,
      productId,
      clientId: boughtBy,
      holderId: clientId,
      amountMinor: priceMinor,
      currency,
      expiresAt: purchase.expiresAt.toISOString(),
      issuedAt: purchase.createdAt.toISOString(),
    },
    signingKey,
  );
}

import type { KeyObject } from 'node:crypto';
import { openStatement, StatementRefused } from '@kept/events';
import { z } from 'zod';

/** What every quote says: to whom it is made, over how much, until when. */
const offered = {
  v: z.literal(1),
  organizationId: z.uuid(),
  clientId: z.uuid(),
  /** With CARD the most that its fees can come to; nothing is reserved. */
  amountMinor: z.int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  expiresAt: z.iso.datetime(),
  issuedAt: z.iso.datetime(),
};

const quoteSchema = z.strictObject({
  ...offered,
  holdId: z.uuid(),
  bookingId: z.uuid(),
  providerId: z.uuid(),
  serviceId: z.uuid(),
  purpose: z.literal('DEPOSIT'),
  // What an older scheduling does not say yet.
  startsAt: z.iso.datetime().optional(),
  endsAt: z.iso.datetime().optional(),
  timeZone: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/)
    .optional(),
  priceMinor: z.int().nonnegative().optional(),
  noShowFeeMinor: z.int().positive().optional(),
  lateCancellationFeeMinor: z.int().positive().optional(),
  /** DEPOSIT, unless it says so: HOLD is only reserved, CARD asks for a card and the consent to charge its fees. */
  collect: z.enum(['DEPOSIT', 'HOLD', 'CARD']).optional(),
});

/** What scheduling offers: which slot, whose, how much, until when. The hold's id is the fencing token. */
export type Quote = z.infer<typeof quoteSchema>;

// Another purpose and another shape: neither can be used for the other.
const passQuoteSchema = z.strictObject({
  ...offered,
  purpose: z.literal('PASS'),
  purchaseId: z.uuid(),
  productId: z.uuid(),
  /** Whose pass it will be; `clientId` is who pays. */
  holderId: z.uuid(),
});

/** What scheduling offers for a pass. */
export type PassQuote = z.infer<typeof passQuoteSchema>;

interface Reading {
  key: KeyObject;
  organizationId: string;
  clientId: string;
}

const QUOTE_LENGTH_MAX = 4_000;

/** The quote, if scheduling signed exactly this one for this very caller; else null, and nobody learns why. */
export const readQuote = (text: string, reading: Reading): Quote | null => open(quoteSchema, text, reading);

/** The same of a pass. */
export const readPassQuote = (text: string, reading: Reading): PassQuote | null =>
  open(passQuoteSchema, text, reading);

function open<T extends { organizationId: string; clientId: string }>(
  schema: z.ZodType<T>,
  text: string,
  { key, organizationId, clientId }: Reading,
): T | null {
  if (text.length > QUOTE_LENGTH_MAX) return null;
  try {
    const quote = schema.safeParse(openStatement('kept/quote/v1', text, key));
    if (!quote.success) return null;
    const { data } = quote;
    return data.organizationId === organizationId && data.clientId === clientId ? data : null;
  } catch (error) {
    if (error instanceof StatementRefused || error instanceof SyntaxError) return null;
    throw error;
  }
}

import type { KeyObject } from 'node:crypto';
import { openStatement, StatementRefused } from '@kept/events';
import { z } from 'zod';

const quoteSchema = z.strictObject({
  v: z.literal(1),
  organizationId: z.uuid(),
  holdId: z.uuid(),
  bookingId: z.uuid(),
  clientId: z.uuid(),
  providerId: z.uuid(),
  serviceId: z.uuid(),
  purpose: z.literal('DEPOSIT'),
  /** With CARD the most that its fees can come to; nothing is reserved. */
  amountMinor: z.int().positive(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  expiresAt: z.iso.datetime(),
  issuedAt: z.iso.datetime(),
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

const QUOTE_LENGTH_MAX = 4_000;

/** The quote, if scheduling signed exactly this one for this very caller; else null, and nobody learns why. */
export function readQuote(
  text: string,
  { key, organizationId, clientId }: { key: KeyObject; organizationId: string; clientId: string },
): Quote | null {
  if (text.length > QUOTE_LENGTH_MAX) return null;
  try {
    const quote = quoteSchema.safeParse(openStatement('kept/quote/v1', text, key));
    if (!quote.success) return null;
    const { data } = quote;
    return data.organizationId === organizationId && data.clientId === clientId ? data : null;
  } catch (error) {
    if (error instanceof StatementRefused || error instanceof SyntaxError) return null;
    throw error;
  }
}

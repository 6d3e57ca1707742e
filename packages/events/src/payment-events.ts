import { z } from 'zod';
import { amountMinor, code, currency, id } from './payload-parts.ts';

const fromPayments = { from: ['payments'], to: ['scheduling'] } as const;
const paymentOf = { paymentId: id, bookingId: id, amountMinor, currency, reason: code.optional() };

/** What payments tells scheduling: neither calls the other. */
export const paymentEvents = {
  'payment.authorized': {
    version: 1,
    ...fromPayments,
    payload: z.strictObject({
      paymentId: id,
      bookingId: id,
      holdId: id,
      clientId: id,
      amountMinor,
      currency,
    }),
  },
  // Nothing is reserved yet, but a card and its holder's consent are there: the slot is as good as paid for.
  'payment.secured': {
    version: 1,
    ...fromPayments,
    // Without a payment when a card alone secures it.
    payload: z.strictObject({ paymentId: id.optional(), bookingId: id, holdId: id, clientId: id }),
  },
  // What was to be reserved could not be, and nobody did anything about it in time: the business decided what follows.
  'payment.unpaid': {
    version: 1,
    ...fromPayments,
    payload: z.strictObject({
      paymentId: id,
      bookingId: id,
      reason: code,
      policy: z.enum(['RELEASE', 'KEEP']),
    }),
  },
  'payment.captured': { version: 1, ...fromPayments, payload: z.strictObject(paymentOf) },
  'payment.voided': { version: 1, ...fromPayments, payload: z.strictObject(paymentOf) },
  'payment.refunded': { version: 1, ...fromPayments, payload: z.strictObject(paymentOf) },
  'payment.failed': { version: 1, ...fromPayments, payload: z.strictObject(paymentOf) },
} as const;

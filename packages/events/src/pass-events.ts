import { z } from 'zod';
import { amountMinor, code, currency, id, instant } from './payload-parts.ts';

const toScheduling = { version: 1, from: ['payments'], to: ['scheduling'] } as const;
const toPayments = { version: 1, from: ['scheduling'], to: ['payments'] } as const;

/** How a pass is sold and given back: scheduling has the passes, payments has the money, and neither calls the other. */
export const passEvents = {
  // The money is taken, from whoever the quote named.
  'pass.paid': {
    ...toScheduling,
    payload: z.strictObject({ purchaseId: id, clientId: id, amountMinor, currency }),
  },
  'pass.granted': { ...toPayments, payload: z.strictObject({ purchaseId: id, validUntil: instant }) },
  // It cannot be granted: the money goes back.
  'pass.refused': { ...toPayments, payload: z.strictObject({ purchaseId: id, reason: code }) },
  // Somebody decided to give the money back: first the pass is taken back, and no money moves before the answer.
  'pass.refund_asked': { ...toScheduling, payload: z.strictObject({ purchaseId: id, refundId: id }) },
  'pass.revoked': { ...toPayments, payload: z.strictObject({ purchaseId: id, refundId: id }) },
  // A credit was used meanwhile: the pass stays, and so does the money.
  'pass.kept': { ...toPayments, payload: z.strictObject({ purchaseId: id, refundId: id, reason: code }) },
  // The money could not go back after all, or came back: the pass is good again.
  'pass.refund_failed': { ...toScheduling, payload: z.strictObject({ purchaseId: id, refundId: id }) },
} as const;

import type { PaymentPolicy } from '../policy/payment-policy.ts';
import type { Quote } from './read-quote.ts';

const HOUR_MS = 3_600_000;
/**
 * How long a reservation certainly lasts, before the processor has said so of one: the shortest we know of (Visa, made
 * while the cardholder is away). How long each really lasts is taken from the processor and has timers of its own.
 */
const WINDOW_MS = (4 * 24 + 18) * HOUR_MS;
/** What could end on the very day of the appointment is no security for it. */
const MARGIN_MS = 24 * HOUR_MS;
/** Two days before, so that a day is left to bring the cardholder back and another to give the slot to somebody else. */
const AUTHORIZE_BEFORE_MS = 48 * HOUR_MS;

/** How the money for a slot is got: at once, reserved until the appointment, agreed now and reserved later, or not at all. */
export type Collection =
  { purpose: 'DEPOSIT' } | { purpose: 'HOLD'; authorizeAt: Date | null } | { purpose: 'CARD' };

/** By what the quote demands, what the organization decided and how far away the appointment is. */
export function chooseCollection(
  quote: Pick<Quote, 'collect' | 'startsAt'>,
  policy: Pick<PaymentPolicy, 'capture' | 'farAhead'>,
  { hasMandate, now }: { hasMandate: boolean; now: Date },
): Collection {
  if (quote.collect === 'CARD') return { purpose: 'CARD' };
  const atAppointment = quote.collect === 'HOLD' || policy.capture === 'AT_APPOINTMENT';
  // An older scheduling does not say when it is.
  if (!atAppointment || quote.startsAt === undefined) return { purpose: 'DEPOSIT' };
  const startsAt = new Date(quote.startsAt);
  const isNear = startsAt.getTime() - now.getTime() <= WINDOW_MS - MARGIN_MS;
  if (isNear) return { purpose: 'HOLD', authorizeAt: null };
  // Without the client's consent nobody can be charged while they are away.
  return policy.farAhead === 'SET_UP' && hasMandate
    ? { purpose: 'HOLD', authorizeAt: authorizeAtFor(startsAt) }
    : { purpose: 'DEPOSIT' };
}

/** When what was agreed ahead is reserved. */
export const authorizeAtFor = (startsAt: Date): Date => new Date(startsAt.getTime() - AUTHORIZE_BEFORE_MS);

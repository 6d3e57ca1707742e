import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { amountDue, discountToShow } from '../bookings/amount-due.ts';
import { BookingReference } from '../bookings/booking-reference.ts';
import type { PaymentsContext } from '../context.ts';
import { beginAssessed } from '../fraud/begin-assessed.ts';
import { ifUuid } from '../if-uuid.ts';
import type { PaymentMethod } from '../payment-methods/payment-method.ts';
import { beginPayment } from '../payments/begin-payment.ts';
import type { Stored } from '../payments/once.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { toWire } from '../processor/wire-amount.ts';

export type BalanceRefusal = 'NOTHING_DUE' | 'CONSENT_NEEDED' | 'AMOUNT_NOT_POSSIBLE';

/** Whoever must authenticate has as long as for a slot. */
const ON_SESSION_MS = 15 * 60_000;

/** Who pays with what: a card of the caller's own, who is here, or one that the client agreed may be charged. */
export type Payer = (
  tx: Transaction,
  owing: { booking: BookingReference; amountMinor: bigint; currency: string },
) => Promise<{ method: PaymentMethod } | { methodId: string; mandateId: string } | 'CONSENT_NEEDED'>;

/** Writes down the payment of what is left of a booking's price, and of a tip; under the booking's lock, so once. */
export async function beginBalance(
  context: PaymentsContext,
  tx: Transaction,
  asked: {
    bookingId: string;
    tipMinor: bigint;
    isTheirs: (booking: BookingReference) => boolean;
    payer: Payer;
  },
): Promise<Stored<BalanceRefusal>> {
  const { payments, caller } = context;
  const { bookingId, tipMinor, isTheirs, payer } = asked;
  const booking = await ifUuid(bookingId, () =>
    tx.manager.findOne(BookingReference, { where: { bookingId }, lock: { mode: 'pessimistic_write' } }),
  );
  if (booking === null || !isTheirs(booking)) throw refused.notFound('booking');
  const all = await tx.manager.findBy(Payment, { bookingId });
  const open = all.find(
    ({ purpose, status }) => purpose === 'BALANCE' && status !== 'CAPTURED' && !DEAD.includes(status),
  );
  if (open !== undefined) return { paymentId: open.id, opId: null };
  const due = amountDue(booking, all, await readPolicy(tx));
  const { currency } = booking;
  if (due === null || currency === null || due + tipMinor === 0n) return { refused: 'NOTHING_DUE' };
  const amountMinor = due + tipMinor;
  if (!toWire({ amountMinor, currency }).possible) return { refused: 'AMOUNT_NOT_POSSIBLE' };
  const paying = await payer(tx, { booking, amountMinor, currency });
  if (paying === 'CONSENT_NEEDED') return { refused: paying };
  const now = payments.clock();
  const beginning = {
    purpose: 'BALANCE',
    bookingId,
    clientId: booking.clientId,
    amountMinor,
    tipMinor,
    // A payment of a tip alone is for no price.
    discountMinor: due > 0n ? discountToShow(booking, all) : 0n,
    currency,
    holdId: null,
    quoteExpiresAt: new Date(now.getTime() + ON_SESSION_MS),
    now,
  } as const;
  const { payment, op } =
    'method' in paying
      ? await beginAssessed(context, tx, { ...beginning, ...paying, mandateId: null })
      : await beginPayment({ payments, tx, actor: caller }, { ...beginning, ...paying, offSession: true });
  return { paymentId: payment.id, opId: op?.id ?? null };
}

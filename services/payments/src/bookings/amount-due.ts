import { grossOf } from '../money/tax.ts';
import { DEAD, type Payment } from '../payments/payment.ts';
import type { PaymentPolicy } from '../policy/payment-policy.ts';
import type { BookingReference } from './booking-reference.ts';

type Taxes = Pick<PaymentPolicy, 'taxBasisPoints' | 'pricesIncludeTax'>;
type Owing = Pick<BookingReference, 'outcome' | 'attended' | 'priceMinor' | 'discountMinor'>;

/**
 * What of an appointment's price is still to be paid: what was taken counts, and so does what is reserved or about to be.
 * Nothing for what did not happen: what that costs are fees, not the price. Null when scheduling never said the price.
 */
export function amountDue(booking: Owing, payments: readonly Payment[], taxes: Taxes): bigint | null {
  if (booking.priceMinor === null) return null;
  const owed = booking.outcome === 'CONFIRMED' || booking.outcome === 'COMPLETED';
  if (!owed || booking.attended === false) return 0n;
  const open = priceOf(booking.priceMinor, taxes) - booking.discountMinor - coveredMinor(payments);
  return open > 0n ? open : 0n;
}

/** What was taken beyond the price of an appointment that stands, after that price fell. */
export function overpaidMinor(booking: Owing, payments: readonly Payment[], taxes: Taxes): bigint {
  if (booking.priceMinor === null || booking.outcome !== 'CONFIRMED') return 0n;
  const taken = payments.filter(({ status }) => status === 'CAPTURED');
  const price = priceOf(booking.priceMinor, taxes) - booking.discountMinor;
  const over = coveredMinor(taken) - (price > 0n ? price : 0n);
  return over > 0n ? over : 0n;
}

const priceOf = (priceMinor: bigint, { taxBasisPoints, pricesIncludeTax }: Taxes): bigint =>
  grossOf(priceMinor, { basisPoints: taxBasisPoints, included: pricesIncludeTax });

function coveredMinor(payments: readonly Payment[]): bigint {
  return payments
    .filter(({ purpose, status }) => PRICE.has(purpose) && !DEAD.includes(status) && status !== 'VOIDING')
    .reduce((sum, payment) => sum + coveredBy(payment), 0n);
}

/** Fees and passes are no part of the price. */
const PRICE = new Set(['DEPOSIT', 'HOLD', 'BALANCE']);

/** What of a discount no payment shows yet: the next one says it on its receipt. */
export function discountToShow({ discountMinor }: BookingReference, payments: readonly Payment[]): bigint {
  const shown = payments
    .filter(({ status }) => !DEAD.includes(status))
    .reduce((sum, payment) => sum + payment.discountMinor, 0n);
  return discountMinor > shown ? discountMinor - shown : 0n;
}

/** A tip pays for no price, and a courtesy is not owed once more. */
function coveredBy(payment: Payment): bigint {
  const { tipMinor, forgivenMinor } = payment;
  const paid =
    payment.status === 'CAPTURED' ? payment.refundableMinor() + forgivenMinor : payment.amountMinor;
  return paid - tipMinor;
}

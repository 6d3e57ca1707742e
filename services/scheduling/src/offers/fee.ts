import type { Transaction } from '@kept/database';
import type { BookingTerms } from './offer.ts';

/** A fee as a service states it: a part of the price, an amount, or neither. */
export interface FeeTerm {
  readonly percent: number | null;
  readonly amountMinor: number | null;
}

/** What a fee comes to for a price, rounded down to a whole minor unit: in doubt for whoever pays. Null: nothing. */
export function feeOf(priceMinor: number, { percent, amountMinor }: FeeTerm): number | null {
  const fee = amountMinor ?? (percent === null ? 0 : Math.floor((priceMinor * percent) / 100));
  return fee === 0 ? null : Math.min(fee, priceMinor);
}

/** Keeps the fees that a booking is made under; payments charge them. */
export async function writeFees(
  tx: Transaction,
  bookingId: string,
  {
    noShowFeeMinor,
    lateCancellationFeeMinor,
  }: Pick<BookingTerms, 'noShowFeeMinor' | 'lateCancellationFeeMinor'>,
): Promise<void> {
  if (noShowFeeMinor === null && lateCancellationFeeMinor === null) return;
  await tx.query(
    `INSERT INTO booking_fee (booking_id, organization_id, no_show_fee_minor, late_cancellation_fee_minor)
     VALUES ($1, $2, $3, $4)`,
    [bookingId, tx.organizationId, noShowFeeMinor, lateCancellationFeeMinor],
  );
}

/** The fees a booking was made under; null: nothing. */
export type Fees = Pick<BookingTerms, 'noShowFeeMinor' | 'lateCancellationFeeMinor'>;

export async function readFees(tx: Transaction, bookingId: string): Promise<Fees> {
  const [fees] = await tx.query<{ no_show: string | null; late: string | null }>(
    'SELECT no_show_fee_minor AS no_show, late_cancellation_fee_minor AS late FROM booking_fee WHERE booking_id = $1',
    [bookingId],
  );
  const minor = (amount: string | null | undefined) => (amount == null ? null : Number(amount));
  return { noShowFeeMinor: minor(fees?.no_show), lateCancellationFeeMinor: minor(fees?.late) };
}

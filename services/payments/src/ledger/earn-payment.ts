import type { BookingReference } from '../bookings/booking-reference.ts';
import type { Merge } from '../payments/apply-intent-facts.ts';
import { entriesOf, postTransaction } from './post-transaction.ts';

/**
 * The appointment is over, or called off: nothing of what was taken stays deferred (I12). What is kept of somebody who
 * did not come, or called off too late, is revenue of another kind; its tax is the same, unless a court says otherwise.
 */
export async function earnPayment(merge: Merge, booking: Ended): Promise<void> {
  const { payments, tx, payment } = merge;
  const { tipMinor, discountMinor, taxMinor } = payment;
  const isForfeited = keepsOfAbsent(merge, booking);
  const posting = { payment, causeId: payment.id, at: payments.clock() };
  await postTransaction(
    tx,
    isForfeited
      ? { ...posting, kind: 'FORFEITED', entries: entriesOf.forfeited(payment) }
      : { ...posting, kind: 'EARNED', entries: entriesOf.earned(payment, { tipMinor, discountMinor }) },
  );
  if (taxMinor === 0n) return;
  const revenue = isForfeited ? 'revenue:no_show' : 'revenue:service';
  await postTransaction(tx, { ...posting, kind: 'TAXED', entries: entriesOf.taxed(taxMinor, revenue) });
}

type Ended = Pick<BookingReference, 'outcome' | 'attended'>;

function keepsOfAbsent({ payment }: Merge, { outcome, attended }: Ended): boolean {
  const isFee = payment.purpose === 'NO_SHOW_FEE' || payment.purpose === 'LATE_CANCEL_FEE';
  const keepsSome = payment.refundableMinor() > 0n;
  const isAbsent = (outcome === 'COMPLETED' && attended === false) || outcome === 'CANCELLED';
  return isFee || (isAbsent && keepsSome);
}

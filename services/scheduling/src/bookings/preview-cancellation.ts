import type { Transaction } from '@kept/database';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { readFees } from '../offers/fee.ts';
import type { CancellationPreview } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import type { Booking } from './booking.ts';
import { demandVerb, findBooking } from './find-booking.ts';
import { isLate, judgeCancellation, partOf } from './refund.ts';
import { violationOf } from './violations.ts';

/** What calling a booking off now would come to, by the function that cancelBooking asks. */
export function previewCancellation(context: SchedulingContext, id: string): Promise<CancellationPreview> {
  const bookingId = readId(id, 'bookingId');
  return inOrganization(context, async (tx) => {
    const booking = await findBooking(tx, bookingId);
    demandVerb(context.ability, 'cancel', booking);
    const { code, refundPercent, refundFallsAfter } = judgeCancellation(booking, context.clock());
    const { version, depositMinor, currency } = booking;
    const back = depositMinor === null ? null : partOf(depositMinor, refundPercent, currency);
    const keptMinor = back === null || depositMinor === null ? null : depositMinor - back;
    const feeMinor =
      code === null ? await feeBesides(context, tx, { booking, keptMinor: keptMinor ?? 0 }) : 0;
    return {
      version,
      refusal: code === null ? null : violationOf(code),
      refundPercent,
      deposit: depositMinor === null ? null : { amountMinor: depositMinor, currency },
      refund: back === null ? null : { amountMinor: back, currency },
      kept: keptMinor === null ? null : { amountMinor: keptMinor, currency },
      fee: feeMinor === 0 ? null : { amountMinor: feeMinor, currency },
      refundFallsAfter,
    };
  });
}

/** As payments charges it: what is kept of the deposit counts. */
async function feeBesides(
  { caller, clock }: SchedulingContext,
  tx: Transaction,
  { booking, keptMinor }: { booking: Booking; keptMinor: number },
): Promise<number> {
  const owesFee = caller.kind !== 'STAFF' && booking.status === 'CONFIRMED' && isLate(booking, clock());
  if (!owesFee) return 0;
  const { lateCancellationFeeMinor } = await readFees(tx, booking.id);
  return Math.max(0, (lateCancellationFeeMinor ?? 0) - keptMinor);
}

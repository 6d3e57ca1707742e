import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { CancellationPreview } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { demandVerb, findBooking } from './find-booking.ts';
import { judgeCancellation, partOf } from './refund.ts';
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
    return {
      version,
      refusal: code === null ? null : violationOf(code),
      refundPercent,
      deposit: depositMinor === null ? null : { amountMinor: depositMinor, currency },
      refund: back === null ? null : { amountMinor: back, currency },
      kept: back === null || depositMinor === null ? null : { amountMinor: depositMinor - back, currency },
      refundFallsAfter,
    };
  });
}

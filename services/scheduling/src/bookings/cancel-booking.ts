import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount } from '../input.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { CancelBookingInput } from '../schema-types.ts';
import type { Booking } from './booking.ts';
import { callOff } from './call-off.ts';
import { changeBooking } from './change-booking.ts';
import { demandOverride, readReason } from './override.ts';
import { isLate, judgeCancellation } from './refund.ts';
import { violationOf, type PolicyViolation } from './violations.ts';

interface Cancelled {
  __typename: 'BookingCancelled';
  booking: Booking | null;
  refundPercent: number;
}

/** Calls a booking off, whether it stands, waits or is only held, and frees its time in the same transaction. */
export async function cancelBooking(context: SchedulingContext, input: CancelBookingInput) {
  const { caller, scheduling } = context;
  const given = input.refundPercent ?? null;
  if (given !== null) {
    demandOverride(context);
    readCount(given, { field: 'refundPercent', min: 0, max: 100 });
  }
  const reason =
    given === null
      ? readFreeText(input.reason, { field: 'reason', lengthMax: 500 })
      : readReason(input.reason, 'reason');
  const outcome = await changeBooking<{ refundPercent: number }, PolicyViolation>(
    context,
    { verb: 'cancel', operation: 'cancelBooking', input, more: { reason, refundPercent: given } },
    async ({ tx, booking, now, notDone }) => {
      const { code, refundPercent } = judgeCancellation(booking, now);
      if (code !== null) throw notDone(violationOf(code));
      if (given !== null && given < refundPercent) {
        const sentence = `"refundPercent" may only be more than the ${refundPercent} that the rules give back.`;
        throw refused.badInput(sentence, { field: 'refundPercent' });
      }
      await callOff(tx, scheduling, {
        booking,
        by: caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT',
        actor: actorOf(caller),
        reason,
        refundPercent: given ?? refundPercent,
        // The business asks nothing of anybody for what it calls off itself.
        late: caller.kind !== 'STAFF' && isLate(booking, now),
        now,
        ...(given !== null && { reasonCode: 'STAFF_OVERRIDE' }),
      });
      return { refundPercent: given ?? refundPercent };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  const { booking, result } = outcome;
  return { __typename: 'BookingCancelled', booking, ...result } satisfies Cancelled;
}

import { may, mayRead } from '@kept/access-policy';
import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { acceptHold } from '../bookings/accept-hold.ts';
import type { Booking } from '../bookings/booking.ts';
import { demandVerb, findBooking } from '../bookings/find-booking.ts';
import { lockHold } from '../bookings/lock-hold.ts';
import { holdExpired, type HoldExpired } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { ConfirmWithPassInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { findPass, type Pass, type PassRefused } from './pass.ts';
import { redeemPass } from './redeem-pass.ts';

interface BookedWithPass {
  __typename: 'BookedWithPass';
  booking: Booking | null;
  pass: Pass | null;
}

/** Makes a booking of a hold and pays with a pass, in one transaction: no credit goes for nothing. */
export function confirmWithPass(context: SchedulingContext, input: ConfirmWithPassInput) {
  const holdId = readId(input.holdId, 'holdId');
  const passId = readId(input.passId, 'passId');
  const { caller, scheduling, ability } = context;
  return settle<BookedWithPass, PassRefused | HoldExpired>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'confirmWithPass',
        key: input.idempotencyKey,
        request: { holdId, passId },
      };
      const { bookingId } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const found = await lockHold(tx, holdId);
        if (found === null || !mayRead(ability, 'Booking', found.booking)) throw refused.notFound('hold');
        const { hold, booking } = found;
        demandVerb(ability, 'confirm', booking);
        const pass = await findPass(tx, passId);
        if (pass === null || !may(ability, 'redeem', 'Pass', pass)) throw refused.notFound('pass');
        if (!hold.isLiveAt(now)) throw notDone(holdExpired);
        const accepted = await acceptHold(tx, scheduling, { hold, booking, actor: actorOf(caller), now });
        if ('message' in accepted) throw notDone(accepted);
        // The pass is locked last, after everything the booking needs.
        const refusal = await redeemPass(tx, { passId, booking, now });
        if (refusal !== null) throw notDone(refusal);
        return { bookingId: booking.id };
      });
      const [booking, pass] = [await findBooking(tx, bookingId), await findPass(tx, passId)];
      return { __typename: 'BookedWithPass', booking, pass };
    }),
  );
}

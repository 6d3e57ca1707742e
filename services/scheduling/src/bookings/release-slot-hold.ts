import { mayRead } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { noticeRefusals } from '../audit/notice-refusals.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { ReleaseSlotHoldInput } from '../schema-types.ts';
import { callOff } from './call-off.ts';
import { demandVerb } from './find-booking.ts';
import { lockHold } from './lock-hold.ts';

/** Gives a held slot back. Needs no idempotency key: the second time there is nothing left to release. */
export function releaseSlotHold(context: SchedulingContext, input: ReleaseSlotHoldInput) {
  const holdId = readId(input.holdId, 'holdId');
  const attempt = { operation: 'releaseSlotHold', subject: { type: 'SlotHold', id: holdId } } as const;
  return noticeRefusals(context, attempt, () =>
    inOrganization(context, async (tx) => {
      const now = context.clock();
      const found = await lockHold(tx, holdId);
      if (found === null || !mayRead(context.ability, 'Booking', found.booking))
        throw refused.notFound('hold');
      const { hold, booking } = found;
      demandVerb(context.ability, 'release', booking);
      if (!hold.isLiveAt(now)) return { holdId, released: false };
      await callOff(tx, context.scheduling, {
        booking,
        by: context.caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT',
        actor: actorOf(context.caller),
        reason: null,
        refundPercent: 100,
        now,
      });
      return { holdId, released: true };
    }),
  );
}

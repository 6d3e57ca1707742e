import { mayRead } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import { releaseHeldWindows } from '../arbiter/release-windows.ts';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { ReleaseSlotHoldInput } from '../schema-types.ts';
import { demandVerb } from './find-booking.ts';
import { lockHold } from './lock-hold.ts';
import { saveBooking } from './save-booking.ts';
import { SlotHold } from './slot-hold.ts';

/** Gives a held slot back. Needs no idempotency key: the second time there is nothing left to release. */
export function releaseSlotHold(context: SchedulingContext, input: ReleaseSlotHoldInput) {
  const holdId = readId(input.holdId, 'holdId');
  return inOrganization(context, async (tx) => {
    const now = context.clock();
    const found = await lockHold(tx, holdId);
    if (found === null || !mayRead(context.ability, 'Booking', found.booking)) throw refused.notFound('hold');
    const { hold, booking } = found;
    demandVerb(context.ability, 'release', booking);
    if (!hold.isLiveAt(now)) return { holdId, released: false };
    booking.cancel(context.caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT');
    await saveBooking(tx, booking);
    await tx.manager.update(SlotHold, { id: hold.id }, { status: 'RELEASED' });
    await releaseHeldWindows(tx, [hold.id]);
    await recordChange(tx, {
      actor: context.caller,
      action: 'slot_released',
      subject: { type: 'Booking', id: booking.id },
      dataSubjectId: booking.clientId,
      at: now,
    });
    return { holdId, released: true };
  });
}

import { mayRead } from '@kept/access-policy';
import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { extendWindows } from '../arbiter/extend-windows.ts';
import { actorOf } from '../audit/actor.ts';
import { noticeRefusals } from '../audit/notice-refusals.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { renewCapacity } from '../offers/claim-capacity.ts';
import { readClaims } from '../offers/read-claims.ts';
import type { ExtendHoldInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { offeredLongEnough, outlivesNotice } from '../waitlist/outlives-notice.ts';
import { bookedWindows } from './booked-resources.ts';
import { demandVerb } from './find-booking.ts';
import { lockHold } from './lock-hold.ts';
import { saveBooking } from './save-booking.ts';
import { showSlotHold, type ShownHold } from './show-slot-hold.ts';
import { EXTENSIONS_MAX, SlotHold } from './slot-hold.ts';
import { extensionsReached, holdExpired, type HoldExpired, type LimitReached } from './violations.ts';

/**
 * Keeps a held slot for some minutes from now on. A hold is a time limit: people who need longer get it, at least ten times
 * (WCAG 2.2.1), and nobody keeps one slot for ever.
 */
export function extendHold(context: SchedulingContext, input: ExtendHoldInput) {
  const holdId = readId(input.holdId, 'holdId');
  const { caller, scheduling } = context;
  const attempt = { operation: 'extendHold', subject: { type: 'SlotHold', id: holdId } } as const;
  return noticeRefusals(context, attempt, () =>
    settle<ShownHold, HoldExpired | LimitReached>((notDone) =>
      inOrganization(context, async (tx) => {
        const request = { actor: caller.accountId ?? '', operation: 'extendHold', key: input.idempotencyKey };
        await onceByKey(tx, { ...request, request: { holdId } }, async () => {
          const now = context.clock();
          const found = await lockHold(tx, holdId);
          if (found === null || !mayRead(context.ability, 'Booking', found.booking))
            throw refused.notFound('hold');
          const { hold, booking } = found;
          demandVerb(context.ability, 'extend', booking);
          if (!hold.isLiveAt(now) || booking.startsAt <= now) throw notDone(holdExpired);
          if (hold.extensions >= EXTENSIONS_MAX) throw notDone(extensionsReached);
          const expiresAt = hold.extendedFrom(now);
          if (await outlivesNotice(tx, booking, expiresAt)) throw notDone(offeredLongEnough);
          const windowCount = (await bookedWindows(tx, booking)).length;
          const had = await readClaims(tx, booking.id);
          const kept =
            (await extendWindows(tx, { id: holdId, windowCount, now, expiresAt })) &&
            (await renewCapacity(tx, { had, until: expiresAt, now }));
          if (!kept) throw notDone(holdExpired);
          booking.holdUntil(expiresAt);
          await saveBooking(tx, booking, {
            scheduling,
            actor: actorOf(caller),
            action: 'slot_hold_extended',
            now,
          });
          await tx.manager.update(SlotHold, { id: holdId }, { expiresAt, extensions: hold.extensions + 1 });
          return { holdId };
        });
        return showSlotHold(tx, holdId, scheduling.signingKey);
      }),
    ),
  );
}

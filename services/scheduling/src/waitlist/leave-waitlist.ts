import { may, mayRead } from '@kept/access-policy';
import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { callOff } from '../bookings/call-off.ts';
import { lockBooking } from '../bookings/find-booking.ts';
import {
  versionConflict,
  violationOf,
  type PolicyViolation,
  type VersionConflict,
} from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { LeaveWaitlistInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { findEntry, openOffersOf, takeTurns, type Entry } from './entry.ts';
import { demandOfferedAmong } from './places-of-entries.ts';

/** Waits no longer; what was kept for the client is offered on. */
export function leaveWaitlist(context: SchedulingContext, input: LeaveWaitlistInput) {
  const entryId = readId(input.entryId, 'entryId');
  const { caller, scheduling, ability } = context;
  const { expectedVersion } = input;
  return settle<{ __typename: 'WaitlistLeft'; entry: Entry | null }, PolicyViolation | VersionConflict>(
    (notDone) =>
      inOrganization(context, async (tx) => {
        const request = {
          actor: caller.accountId ?? '',
          operation: 'leaveWaitlist',
          key: input.idempotencyKey,
          request: { entryId, expectedVersion },
        };
        await onceByKey(tx, request, async () => {
          const now = context.clock();
          // Nobody is offered anything while this lasts.
          await takeTurns(tx);
          const entry = await findEntry(tx, entryId);
          if (entry === null || !mayRead(ability, 'WaitlistEntry', entry))
            throw refused.notFound('waitlist entry');
          await demandOfferedAmong(tx, caller, { serviceId: entry.serviceId, what: 'waitlist entry' });
          if (!may(ability, 'leave', 'WaitlistEntry', entry)) throw refused.forbidden();
          if (entry.version !== expectedVersion) throw notDone(versionConflict(entry.version));
          const [open] = await openOffersOf(tx, [entryId]);
          const booking = open === undefined ? null : await lockBooking(tx, open.bookingId);
          const actor = actorOf(caller, { channel: 'WAITLIST' });
          const by = caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT';
          // Whoever took or paid for it in this very moment has a booking, and waits no longer anyway.
          if (booking?.isHeld())
            await callOff(tx, scheduling, { booking, by, actor, reason: null, refundPercent: 100, now });
          const left = await tx.query(
            `UPDATE waitlist_entry SET status = 'LEFT', version = version + 1
             WHERE id = $1 AND status = 'WAITING' RETURNING id`,
            [entryId],
          );
          if (left.length === 0) throw notDone(violationOf('NOT_ACTIVE'));
          await recordChange(tx, {
            actor,
            action: 'waitlist_left',
            subject: { type: 'WaitlistEntry', id: entryId },
            dataSubjectId: entry.clientId,
            at: now,
          });
          return { entryId };
        });
        return { __typename: 'WaitlistLeft', entry: await findEntry(tx, entryId) };
      }),
  );
}

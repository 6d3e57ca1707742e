import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { RemoveTimeOffInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { demandOwnTime } from './add-time-off.ts';
import { giveTimeBack } from './give-time-back.ts';
import { demandTimeOfProvider } from './places-of-providers.ts';
import { findTimeOff } from './time-off.ts';

/** Takes an absence back: its time can be booked again, at once. */
export function removeTimeOff(context: SchedulingContext, input: RemoveTimeOffInput) {
  const timeOffId = readId(input.timeOffId, 'timeOffId');
  const { caller } = context;
  return settle<{ __typename: 'TimeOffRemoved'; timeOffId: string }, never>(() =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'removeTimeOff',
        key: input.idempotencyKey,
      };
      await onceByKey(tx, { ...request, request: { timeOffId } }, async () => {
        const now = context.clock();
        const timeOff = await findTimeOff(tx, timeOffId);
        if (timeOff === undefined) throw refused.notFound('time off');
        demandOwnTime(context, timeOff.providerId);
        await demandTimeOfProvider(tx, caller, timeOff.providerId);
        await tx.query('SELECT id FROM provider WHERE id = $1 FOR UPDATE', [timeOff.providerId]);
        const removed = await tx.query('DELETE FROM time_off WHERE id = $1 RETURNING id', [timeOffId]);
        if (removed.length === 0) throw refused.notFound('time off');
        await giveTimeBack(tx, context, timeOff);
        await recordChange(tx, {
          actor: caller,
          action: 'time_off_removed',
          subject: { type: 'Provider', id: timeOff.providerId },
          at: now,
          details: { timeOffId },
        });
        return {};
      });
      return { __typename: 'TimeOffRemoved', timeOffId };
    }),
  );
}

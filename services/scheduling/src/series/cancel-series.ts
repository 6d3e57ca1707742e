import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { callOff } from '../bookings/call-off.ts';
import { judgeCancellation } from '../bookings/refund.ts';
import { demandVerb } from '../bookings/find-booking.ts';
import {
  versionConflict,
  violationOf,
  type PolicyViolation,
  type VersionConflict,
} from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { CancelSeriesInput } from '../schema-types.ts';
import { lockTimesOf } from '../offers/counters-gate.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { lockMeant } from './lock-meant.ts';
import { findSeries, lockSeries, saveSeriesChange, type Series } from './series.ts';

interface SeriesCancelled {
  __typename: 'SeriesCancelled';
  series: Series | null;
  cancelledCount: number;
}

/** Calls off one, the following or all appointments of a series that have not started. Each keeps its own deadline. */
export function cancelSeries(context: SchedulingContext, input: CancelSeriesInput) {
  const seriesId = readId(input.seriesId, 'seriesId');
  const bookingId = input.bookingId == null ? null : readId(input.bookingId, 'bookingId');
  if (bookingId === null && input.scope !== 'ALL') {
    throw refused.badInput('Please say which appointment you mean: "bookingId".', { field: 'bookingId' });
  }
  const reason = readFreeText(input.reason, { field: 'reason', lengthMax: 500 });
  const { scope, expectedVersion } = input;
  const { caller, scheduling } = context;
  return settle<SeriesCancelled, PolicyViolation | VersionConflict>((notDone) =>
    inOrganization(context, async (tx: Transaction) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'cancelSeries',
        key: input.idempotencyKey,
        request: { seriesId, bookingId, scope, reason, expectedVersion },
      };
      const { cancelledCount } = await onceByKey(tx, request, async () => {
        const now = context.clock();
        const series = await lockSeries(tx, context.ability, seriesId);
        if (series.version !== expectedVersion) throw notDone(versionConflict(series.version));
        const meant = await lockMeant(tx, { seriesId, scope, bookingId });
        const open = meant.flatMap(({ booking }) => {
          const { code, refundPercent } = judgeCancellation(booking, now);
          return code === null && booking.startsAt > now ? [{ booking, refundPercent }] : [];
        });
        if (open.length === 0) throw notDone(violationOf('NOT_ACTIVE'));
        const actor = actorOf(caller, { channel: 'SERIES' });
        const by = caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT';
        await lockTimesOf(
          tx,
          open.map(({ booking }) => booking.id),
        );
        for (const { booking, refundPercent } of open) {
          demandVerb(context.ability, 'cancel', booking);
          await callOff(tx, scheduling, { booking, by, actor, reason, refundPercent, now });
        }
        await saveSeriesChange(tx, series);
        await recordChange(tx, {
          actor,
          action: 'series_cancelled',
          subject: { type: 'BookingSeries', id: seriesId },
          dataSubjectId: series.clientId,
          at: now,
          details: { cancelled: String(open.length), scope },
        });
        return { cancelledCount: open.length };
      });
      return { __typename: 'SeriesCancelled', series: await findSeries(tx, seriesId), cancelledCount };
    }),
  );
}

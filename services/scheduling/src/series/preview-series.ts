import { attempt } from '@kept/database';
import { actorOf } from '../audit/actor.ts';
import { holdSlot, type HeldSlot } from '../bookings/hold-slot.ts';
import type { SchedulingContext } from '../context.ts';
import type { PreviewSeriesInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { planned, type OccurrenceRefusal, type PlannedOccurrence } from './planned-occurrence.ts';
import { offerOf, placeSeries, readSeriesRequest } from './read-series-request.ts';

/** What was tried is undone, and what came of it known. */
class Tried extends Error {
  constructor(readonly outcome: HeldSlot | OccurrenceRefusal) {
    super('tried');
  }
}

/**
 * Each time of a series, and whether it can be had now. The arbiter is the only one who knows, so each is really asked
 * for and given back at once: nobody waits longer for it than for a request that is refused. A limit that the series
 * itself would use up shows when it is booked.
 */
export function previewSeries(
  context: SchedulingContext,
  input: PreviewSeriesInput,
): Promise<{ timeZone: string; occurrences: PlannedOccurrence[] }> {
  const asked = readSeriesRequest(context, input);
  const { caller, scheduling } = context;
  const actor = actorOf(caller, { channel: 'SERIES' });
  const client = { id: asked.clientId };
  return inOrganization(context, async (tx) => {
    const now = context.clock();
    const { timeZone, starts } = await placeSeries(tx, context, asked);
    const occurrences: PlannedOccurrence[] = [];
    for (const [index, startsAt] of starts.entries()) {
      const offer = offerOf(asked, { startsAt, now });
      const wish = { offer, client, notes: null, actor, now, origin: 'SERIES' } as const;
      const tried = await attempt(tx, async (inner): Promise<Tried> => {
        throw new Tried(await holdSlot(inner, scheduling, wish));
      }).catch((error: unknown) => {
        if (error instanceof Tried) return error;
        throw error;
      });
      const refusal = 'hold' in tried.outcome ? null : tried.outcome;
      occurrences.push(planned({ position: index + 1, startsAt }, refusal));
    }
    return { timeZone, occurrences };
  });
}

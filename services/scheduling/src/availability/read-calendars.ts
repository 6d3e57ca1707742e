import type { Transaction } from '@kept/database';
import { mergeSpans, type Span, type Spans } from './engine/intervals.ts';
import type { WorkingTime } from './engine/working-time.ts';
import { openZone } from './engine/zone.ts';
import type { ProviderInZone } from '../providers/read-providers.ts';
import { readExternalBusy } from './read-external-busy.ts';

/** A provider's working time, as the engine wants it. */
export interface ProviderTime extends WorkingTime {
  readonly providerId: string;
  /** As the graph shows them, with the zone as it was given. */
  readonly provider: ProviderInZone;
  /** Absences, closures and what connected calendars say, together: nobody is booked there. */
  readonly away: Spans;
  /** The parts of it, for whoever asks why. */
  readonly absences: { readonly timeOff: Spans; readonly closures: Spans; readonly external: Spans };
  /** A connected calendar cannot be read: nothing is offered until it can. */
  readonly calendarFailing: boolean;
}

type Pairs = [number, number][] | null;
interface ProviderRow {
  id: string;
  time_zone: string;
  rules: [number, number, number][] | null;
  overrides: [number, number, number][] | null;
  time_off: Pairs;
  closures: Pairs;
  connected: boolean;
}

// Absences are read by their end, closures back to the longest there can be (closure_lasts_at_most_two_months).
export const WORKING_TIMES_STATEMENT = `
SELECT p.id, COALESCE(p.time_zone, o.time_zone, 'UTC') AS time_zone,
  (SELECT json_agg(json_build_array(r.day_of_week, r.start_minute, r.end_minute))
   FROM weekly_rule r WHERE r.provider_id = p.id) AS rules,
  (SELECT json_agg(json_build_array(d.on_date - DATE '1970-01-01', d.start_minute, d.end_minute))
   FROM date_override d WHERE d.provider_id = p.id AND d.on_date BETWEEN $3 AND $4) AS overrides,
  (SELECT json_agg(json_build_array(floor(extract(epoch FROM t.starts_at) / 60), ceil(extract(epoch FROM t.ends_at) / 60)))
   FROM time_off t WHERE t.provider_id = p.id AND t.starts_at < $6 AND t.ends_at > $5) AS time_off,
  (SELECT json_agg(json_build_array(floor(extract(epoch FROM c.starts_at) / 60), ceil(extract(epoch FROM c.ends_at) / 60)))
   FROM organization_closure c WHERE c.starts_at > $5::timestamptz - interval '63 days'
     AND c.starts_at < $6 AND c.ends_at > $5) AS closures,
  EXISTS (SELECT FROM calendar_connection x WHERE x.provider_id = p.id) AS connected
FROM service_provider s JOIN provider p ON p.id = s.provider_id
LEFT JOIN organization_profile o ON o.organization_id = p.organization_id
WHERE s.service_id = $1 AND p.active AND ($2::uuid IS NULL OR p.id = $2)
ORDER BY p.id LIMIT 200`;

/**
 * When those who offer a service can be booked around a range of epoch minutes: their weeks, absences and the business's
 * closures in one query, connected calendars (if there are any) in a second, however many providers there are.
 */
export async function readWorkingTimes(
  tx: Transaction,
  wanted: { serviceId: string; providerId: string | null; range: Span; now: Date },
): Promise<ProviderTime[]> {
  // What a slot at the edge needs, and the buffers of the longest service.
  const range = { start: wanted.range.start - 3 * 1440, end: wanted.range.end + 3 * 1440 };
  const rows = await tx.query<ProviderRow>(WORKING_TIMES_STATEMENT, [
    wanted.serviceId,
    wanted.providerId,
    dateOf(range.start),
    dateOf(range.end),
    instantOf(range.start),
    instantOf(range.end),
  ]);
  if (rows.length === 0) return [];
  const { busyOf, failing } = await readExternalBusy(tx, {
    providerIds: rows.flatMap(({ id, connected }) => (connected ? [id] : [])),
    range,
    now: wanted.now,
  });
  return rows.map((row) => {
    const calendarFailing = failing.has(row.id);
    const absences = {
      timeOff: (row.time_off ?? []).flat(),
      closures: (row.closures ?? []).flat(),
      external: busyOf.get(row.id) ?? [],
    };
    // What nobody knows is taken for busy: a falsely free time costs more than a slot that is not shown.
    const unknown = calendarFailing ? [range.start, range.end] : [];
    return {
      providerId: row.id,
      provider: { id: row.id, timeZone: row.time_zone },
      zone: openZone(row.time_zone),
      rules: (row.rules ?? []).map(([dayOfWeek, startMinute, endMinute]) => ({
        dayOfWeek,
        startMinute,
        endMinute,
      })),
      overrides: (row.overrides ?? []).map(([epochDay, startMinute, endMinute]) => ({
        epochDay,
        startMinute,
        endMinute,
      })),
      away: mergeSpans([absences.timeOff, absences.closures, absences.external, unknown].flatMap(spansOf)),
      absences,
      calendarFailing,
    };
  });
}

interface BusyRow {
  resource_id: string;
  start_minute: number;
  end_minute: number;
}

// Answered from allocation_by_resource_and_start alone; see the plan in docs/scheduling.md. An expired hold is no longer busy,
// swept or not. The lower bound is the longest row there can be (allocation_lasts_at_most_two_days).
export const BUSY_STATEMENT = `
SELECT resource_id, floor(extract(epoch FROM starts_at) / 60)::int AS start_minute,
       ceil(extract(epoch FROM ends_at) / 60)::int AS end_minute
FROM allocation
WHERE resource_id = ANY ($1::uuid[]) AND starts_at > $2::timestamptz - interval '48 hours' AND starts_at < $3
  AND ends_at > $2 AND status IN ('held', 'pending', 'confirmed') AND (status <> 'held' OR expires_at > $4)`;

/** What is taken of people, rooms and devices, as flat pairs of epoch minutes by resource: one query for all. */
export async function readBusy(
  tx: Transaction,
  resourceIds: readonly string[],
  { range, now }: { range: Span; now: Date },
): Promise<ReadonlyMap<string, number[]>> {
  const busyOf = new Map<string, number[]>(resourceIds.map((id) => [id, []]));
  if (resourceIds.length === 0) return busyOf;
  const rows = await tx.query<BusyRow>(BUSY_STATEMENT, [
    [...busyOf.keys()],
    instantOf(range.start),
    instantOf(range.end),
    now,
  ]);
  for (const row of rows) busyOf.get(row.resource_id)?.push(row.start_minute, row.end_minute);
  return busyOf;
}

export const instantOf = (epochMinute: number): Date => new Date(epochMinute * 60_000);
const dateOf = (epochMinute: number): string => instantOf(epochMinute).toISOString().slice(0, 10);

/** Flat pairs as spans. */
export function spansOf(pairs: Spans): Span[] {
  const spans: Span[] = [];
  for (let edge = 0; edge < pairs.length; edge += 2) {
    spans.push({ start: pairs[edge] ?? 0, end: pairs[edge + 1] ?? 0 });
  }
  return spans;
}

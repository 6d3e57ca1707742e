import type { Transaction } from '@kept/database';
import type { Span } from './engine/intervals.ts';
import type { Calendar } from './engine/slots.ts';
import type { WorkingTime } from './engine/working-time.ts';
import { localDay } from './engine/working-time.ts';
import { openZone } from './engine/zone.ts';

/** A provider's working time, as the engine wants it. */
export interface ProviderTime extends WorkingTime {
  readonly providerId: string;
}

interface ProviderRow {
  id: string;
  time_zone: string;
  rules: [number, number, number][] | null;
  overrides: [number, number, number][] | null;
}

const WORKING_TIMES = `
SELECT p.id, COALESCE(p.time_zone, o.time_zone, 'UTC') AS time_zone,
  (SELECT json_agg(json_build_array(r.day_of_week, r.start_minute, r.end_minute))
   FROM weekly_rule r WHERE r.provider_id = p.id) AS rules,
  (SELECT json_agg(json_build_array(d.on_date - DATE '1970-01-01', d.start_minute, d.end_minute))
   FROM date_override d WHERE d.provider_id = p.id AND d.on_date BETWEEN $3 AND $4) AS overrides
FROM service_provider s JOIN provider p ON p.id = s.provider_id
LEFT JOIN organization_profile o ON o.organization_id = p.organization_id
WHERE s.service_id = $1 AND p.active AND ($2::uuid IS NULL OR p.id = $2)
ORDER BY p.id LIMIT 200`;

/** When those who offer a service work around a range of epoch minutes: one query, however many they are. */
export async function readWorkingTimes(
  tx: Transaction,
  wanted: { serviceId: string; providerId: string | null; range: Span },
): Promise<ProviderTime[]> {
  const rows = await tx.query<ProviderRow>(WORKING_TIMES, [
    wanted.serviceId,
    wanted.providerId,
    dateOf(wanted.range.start - 3 * 1440),
    dateOf(wanted.range.end + 3 * 1440),
  ]);
  return rows.map((row) => ({
    providerId: row.id,
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
  }));
}

interface BusyRow {
  resource_id: string;
  start_minute: number;
  end_minute: number;
}

// Answered from allocation_by_resource_and_start alone; see the plan in the README. An expired hold is no longer busy,
// swept or not. The lower bound is the longest row there can be (allocation_lasts_at_most_two_days).
export const BUSY_STATEMENT = `
SELECT resource_id, floor(extract(epoch FROM starts_at) / 60)::int AS start_minute,
       ceil(extract(epoch FROM ends_at) / 60)::int AS end_minute
FROM allocation
WHERE resource_id = ANY ($1::uuid[]) AND starts_at > $2::timestamptz - interval '48 hours' AND starts_at < $3
  AND ends_at > $2 AND status IN ('held', 'pending', 'confirmed') AND (status <> 'held' OR expires_at > $4)`;

/** Adds what is taken to each provider's working time: one query for all. */
export async function readCalendars(
  tx: Transaction,
  times: readonly ProviderTime[],
  { range, now }: { range: Span; now: Date },
): Promise<(ProviderTime & Calendar)[]> {
  const busyOf = new Map<string, number[]>(times.map((time) => [time.providerId, []]));
  const rows = await tx.query<BusyRow>(BUSY_STATEMENT, [
    [...busyOf.keys()],
    instantOf(range.start),
    instantOf(range.end),
    now,
  ]);
  for (const row of rows) {
    busyOf.get(row.resource_id)?.push(row.start_minute, row.end_minute);
  }
  return times.map((time) => ({ ...time, busy: busyOf.get(time.providerId) ?? [] }));
}

const instantOf = (epochMinute: number): Date => new Date(epochMinute * 60_000);
const utc = openZone('UTC');
const dateOf = (epochMinute: number): string =>
  new Date(localDay(utc, epochMinute) * 86_400_000).toISOString().slice(0, 10);

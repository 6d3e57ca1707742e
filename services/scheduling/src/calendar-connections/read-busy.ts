import type { Transaction } from '@kept/database';
import type { Span } from '../availability/engine/intervals.ts';
import { GRACE_MINUTES } from './connection.ts';

/** What connected calendars say of a range of epoch minutes. */
export interface BusyByCalendars {
  /** Flat pairs of epoch minutes by provider, in any order; they may overlap. */
  readonly busyOf: ReadonlyMap<string, readonly number[]>;
  /** Providers of whom nobody knows: a calendar of theirs was last read too long ago. */
  readonly failing: ReadonlySet<string>;
}

// A time that no calendar was read for is not free, it is unknown: what lies beyond the reach of one counts as busy.
// GREATEST and the index on (provider_id, ends_at): only blocks that reach into the range are read.
const STATEMENT = `
SELECT c.provider_id AS provider, c.last_worked_at < $4::timestamptz - make_interval(mins => ${GRACE_MINUTES}) AS failing,
  (SELECT json_agg(json_build_array(floor(extract(epoch FROM b.starts_at) / 60)::int, ceil(extract(epoch FROM b.ends_at) / 60)::int))
   FROM (SELECT starts_at, ends_at FROM busy_block
         WHERE provider_id = c.provider_id AND connection_id = c.id AND ends_at > $2 AND starts_at < $3
         UNION ALL SELECT GREATEST(c.covered_until, $2), $3::timestamptz WHERE c.covered_until < $3) b) AS busy
FROM calendar_connection c WHERE c.provider_id = ANY ($1::uuid[])`;

/** Reads them in one query, however many providers. */
export async function readBusyByCalendars(
  tx: Transaction,
  { providerIds, range, now }: { providerIds: readonly string[]; range: Span; now: Date },
): Promise<BusyByCalendars> {
  const rows = await tx.query<{ provider: string; failing: boolean; busy: [number, number][] | null }>(
    STATEMENT,
    [providerIds, new Date(range.start * 60_000), new Date(range.end * 60_000), now],
  );
  const busyOf = new Map<string, number[]>();
  for (const { provider, busy } of rows) {
    const known = busyOf.get(provider) ?? [];
    for (const pair of busy ?? []) known.push(...pair);
    busyOf.set(provider, known);
  }
  return { busyOf, failing: new Set(rows.flatMap(({ provider, failing }) => (failing ? [provider] : []))) };
}

import type { Transaction } from '@kept/database';
import { openBatchLoader } from '@kept/subgraph-kit';
import type { EvidenceEntry } from './evidence.ts';

interface Wanted {
  bookingId: string;
  until: Date;
}

/** What happened around many bookings, each until an instant of its own, in one statement; oldest first, at most 200 of each. */
export function openEvidenceLoader(inTransaction: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>) {
  const nameOf = ({ bookingId, until }: Wanted): string => `${bookingId} ${until.toISOString()}`;
  const load = openBatchLoader(nameOf, async (wanted: Wanted[]) => {
    const rows = await inTransaction((tx) =>
      tx.query<EvidenceEntry & { number: number }>(
        `SELECT wanted.number::int - 1 AS number, noted.kind, noted.happened_at AS "happenedAt"
         FROM unnest($1::uuid[], $2::timestamptz[]) WITH ORDINALITY AS wanted (booking_id, until, number)
           CROSS JOIN LATERAL (SELECT kind, happened_at FROM booking_evidence
             WHERE booking_id = wanted.booking_id AND happened_at <= wanted.until
             ORDER BY happened_at, kind LIMIT 200) AS noted
         ORDER BY wanted.number, noted.happened_at, noted.kind`,
        [wanted.map(({ bookingId }) => bookingId), wanted.map(({ until }) => until)],
      ),
    );
    const lists = new Map(wanted.map((one): [string, EvidenceEntry[]] => [nameOf(one), []]));
    for (const { number, ...entry } of rows) {
      const one = wanted[number];
      if (one !== undefined) lists.get(nameOf(one))?.push(entry);
    }
    return lists;
  });
  return async (wanted: Wanted): Promise<EvidenceEntry[]> => (await load(wanted)) ?? [];
}

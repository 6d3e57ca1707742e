import type { Database } from '@kept/database';

/** Something in a calendar is different from before. Whoever may know what, asks for it as always. */
export interface CalendarChange {
  readonly organizationId: string;
  readonly kind: 'booking' | 'absence' | 'closure';
  /** Null where no booking changed. */
  readonly bookingId: string | null;
  /** Null where everybody's calendar changed. */
  readonly providerId: string | null;
}

/** What was found behind a cursor. */
export interface ChangesFound {
  /** Each with its position; some may have been found before. */
  readonly changes: readonly (CalendarChange & { readonly position: string; readonly writtenBy: bigint })[];
  /** Read on from here. Every transaction before it has ended, so nothing can appear behind it any more. */
  readonly settled: bigint;
  /** There were more than can be told one by one, or the cursor is not one of this database: anything may have changed. */
  readonly reset: boolean;
}

interface Row {
  settled: string;
  ahead: string;
  position: string | null;
  organization_id: string;
  kind: CalendarChange['kind'];
  booking_id: string | null;
  provider_id: string | null;
  written_by: string;
}

const CHANGES_MAX = 5_000;
/** In the order of the index that finds them: however old PostgreSQL's statistics are, no other plan is as cheap. */
export const READ = `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS settled, pg_snapshot_xmax(pg_current_snapshot())::text AS ahead, c.*
  FROM (SELECT 1) AS always LEFT JOIN LATERAL (
    SELECT position::text, organization_id, kind, booking_id, provider_id, written_by::text FROM booking_change AS b
    WHERE written_by >= $1::xid8 ORDER BY b.written_by LIMIT ${CHANGES_MAX + 1}) AS c ON true`;

/** Reads what was committed by transactions from `from` on; without it, only where that is now. One index look-up. */
export function readChanges(database: Database, from: bigint | undefined): Promise<ChangesFound> {
  return database.infrastructure('read changes', async (tx) => {
    const rows = await tx.query<Row>(READ, [from?.toString() ?? null]);
    const [first] = rows;
    if (!first) throw new Error('A look for changes gave no result.');
    const settled = BigInt(first.settled);
    // A cursor from beyond the present is of another database, or of one that was restored since.
    const reset = rows.length > CHANGES_MAX || (from !== undefined && from > BigInt(first.ahead));
    const changes = rows.flatMap((row) => (row.position === null ? [] : [changeOf(row, row.position)]));
    return { settled, reset, changes: reset ? [] : changes };
  });
}

const changeOf = (row: Row, position: string) => ({
  organizationId: row.organization_id,
  kind: row.kind,
  bookingId: row.booking_id,
  providerId: row.provider_id,
  position,
  writtenBy: BigInt(row.written_by),
});

/** A place in the changes, as readers keep it: until which transaction, and when that was. */
export interface Cursor {
  readonly settled: bigint;
  readonly at: Date;
}

export const writeCursor = ({ settled, at }: Cursor): string => `${settled}.${at.getTime()}`;

/** The cursor of a text; undefined when it is none. */
export function readCursor(text: string): Cursor | undefined {
  const [, settled, at] = /^(\d{1,19})\.(\d{1,14})$/.exec(text) ?? [];
  return settled && at ? { settled: BigInt(settled), at: new Date(Number(at)) } : undefined;
}

import type { Transaction } from '@kept/database';
import type { BlockedTime } from './block-time.ts';

/** A holiday or a blackout of the whole business, as it is stored. */
export interface ClosureRow {
  readonly id: string;
  readonly name: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

/** Each day is a row of the arbiter for every second day of every provider: what takes longer is said in parts. */
export const CLOSURE_DAYS_MAX = 62;

const COLUMNS = `id, name, starts_at AS "startsAt", ends_at AS "endsAt",
  first_day::text AS "firstDay", last_day::text AS "lastDay"`;

/** The closures that touch a time, in order. */
export function readClosures(tx: Transaction, wanted: { from: Date; to: Date }): Promise<ClosureRow[]> {
  return tx.query<ClosureRow>(
    `SELECT ${COLUMNS} FROM organization_closure
     WHERE starts_at > $1::timestamptz - interval '63 days' AND starts_at < $2 AND ends_at > $1
     ORDER BY starts_at, id LIMIT 500`,
    [wanted.from, wanted.to],
  );
}

export async function findClosure(tx: Transaction, id: string): Promise<ClosureRow | undefined> {
  const [row] = await tx.query<ClosureRow>(`SELECT ${COLUMNS} FROM organization_closure WHERE id = $1`, [id]);
  return row;
}

export async function insertClosure(tx: Transaction, row: ClosureRow, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO organization_closure (id, organization_id, name, starts_at, ends_at, first_day, last_day, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [row.id, tx.organizationId, row.name, row.startsAt, row.endsAt, row.firstDay, row.lastDay, now],
  );
}

/**
 * What the arbiter keeps of it: the time of everybody who can be booked. Who becomes a provider later is kept from
 * being booked by the closure itself, which the engine reads.
 */
export async function blockOfClosure(tx: Transaction, closure: ClosureRow): Promise<BlockedTime> {
  const providers = await tx.query<{ id: string }>('SELECT id FROM provider WHERE active ORDER BY id');
  const { id, startsAt, endsAt } = closure;
  return { id, startsAt, endsAt, providerIds: providers.map((provider) => provider.id) };
}

import type { Transaction } from '@kept/database';
import type { BlockedTime } from './block-time.ts';

/** An absence of one provider, as it is stored. */
export interface TimeOffRow {
  readonly id: string;
  readonly providerId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

export const TIME_OFF_DAYS_MAX = 366;

const COLUMNS = `id, provider_id AS "providerId", starts_at AS "startsAt", ends_at AS "endsAt",
  first_day::text AS "firstDay", last_day::text AS "lastDay"`;

/** The absences of a provider that touch a time, in order. */
export function readTimeOff(
  tx: Transaction,
  wanted: { providerId: string; from: Date; to: Date },
): Promise<TimeOffRow[]> {
  return tx.query<TimeOffRow>(
    `SELECT ${COLUMNS} FROM time_off
     WHERE provider_id = $1 AND starts_at < $3 AND ends_at > $2
     ORDER BY starts_at, id LIMIT 500`,
    [wanted.providerId, wanted.from, wanted.to],
  );
}

export async function findTimeOff(tx: Transaction, id: string): Promise<TimeOffRow | undefined> {
  const [row] = await tx.query<TimeOffRow>(`SELECT ${COLUMNS} FROM time_off WHERE id = $1`, [id]);
  return row;
}

export async function insertTimeOff(tx: Transaction, row: TimeOffRow, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO time_off (id, organization_id, provider_id, starts_at, ends_at, first_day, last_day, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [row.id, tx.organizationId, row.providerId, row.startsAt, row.endsAt, row.firstDay, row.lastDay, now],
  );
}

/** What the arbiter keeps of it. */
export const blockOfTimeOff = ({ id, providerId, startsAt, endsAt }: TimeOffRow): BlockedTime => ({
  id,
  providerIds: [providerId],
  startsAt,
  endsAt,
});

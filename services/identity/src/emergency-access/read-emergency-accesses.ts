import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import { textPlace, type ReviewFinding } from './emergency-access.ts';

/** An emergency access as the graph shows it, its texts opened. */
export interface EmergencyAccessRecord {
  readonly id: string;
  readonly accountId: string;
  readonly reason: string | null;
  readonly startedAt: Date;
  readonly until: Date;
  readonly endedAt: Date | null;
  readonly reviewDueAt: Date;
  readonly reviewedAt: Date | null;
  readonly reviewedBy: string | null;
  readonly finding: ReviewFinding | null;
  readonly remark: string | null;
}

interface Row extends Omit<EmergencyAccessRecord, 'reason' | 'remark'> {
  readonly reason: Buffer | null;
  readonly remark: Buffer | null;
}

const SELECT = `SELECT id, account_id AS "accountId", reason, started_at AS "startedAt", until, ended_at AS "endedAt",
  review_due_at AS "reviewDueAt", reviewed_at AS "reviewedAt", reviewed_by AS "reviewedBy", finding, remark
  FROM emergency_access`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One emergency access of the organization, locked until the transaction ends; not found otherwise. */
export async function lockEmergencyAccess(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  id: string,
): Promise<EmergencyAccessRecord> {
  const rows = UUID.test(id) ? await tx.query<Row>(`${SELECT} WHERE id = $1 FOR UPDATE`, [id]) : [];
  const [found] = await opened(keyring, tx, rows);
  if (!found) throw refused.notFound('emergency access');
  return found;
}

/** The organization's emergency accesses, newest first, from behind the one named by `after`. */
export async function listEmergencyAccesses(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { first, after, unreviewedOnly }: { first: number; after: string | undefined; unreviewedOnly: boolean },
): Promise<EmergencyAccessRecord[]> {
  if (after !== undefined && !UUID.test(after)) {
    throw refused.badInput('This is not a cursor of this list.', { field: 'after' });
  }
  const rows = await tx.query<Row>(
    `${SELECT} WHERE ($2::uuid IS NULL OR (started_at, id) < (SELECT started_at, id FROM emergency_access WHERE id = $2))
       AND (NOT $3::boolean OR reviewed_at IS NULL)
     ORDER BY started_at DESC, id DESC LIMIT $1`,
    [first, after ?? null, unreviewedOnly],
  );
  return opened(keyring, tx, rows);
}

async function opened(
  keyring: Identity['keyring'],
  tx: Transaction,
  rows: readonly Row[],
): Promise<EmergencyAccessRecord[]> {
  const texts = await keyring.openMany(
    tx,
    rows.flatMap((row) => [
      { place: textPlace(row, 'reason'), envelope: row.reason },
      { place: textPlace(row, 'remark'), envelope: row.remark },
    ]),
  );
  return rows.map((row, at) => ({
    ...row,
    reason: texts[2 * at] ?? null,
    remark: texts[2 * at + 1] ?? null,
  }));
}

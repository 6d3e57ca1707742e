import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';

export type WaiverReason = 'TRAINED_ELSEWHERE' | 'NOBODY_ELSE_ON_DUTY' | 'CANNOT_TAKE_IT_HERE';

/** Somebody is let in before they are trained. */
export interface TrainingWaiver {
  readonly id: string;
  readonly staffMemberId: string;
  readonly module: string;
  readonly reason: WaiverReason;
  readonly days: number;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
}

const COLUMNS = `id, staff_member_id AS "staffMemberId", module, reason, days, requested_by AS "requestedBy",
  requested_at AS "requestedAt", expires_at AS "expiresAt", approved_by AS "approvedBy", approved_at AS "approvedAt"`;
const LISTED_MAX = 50;

/** One waiver; not found is a refusal. `lock` keeps two approvals apart. */
export async function readWaiver(
  tx: Transaction,
  id: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<TrainingWaiver> {
  const [waiver] = await tx.query<TrainingWaiver>(
    `SELECT ${COLUMNS} FROM training_waiver WHERE id = $1${lock ? ' FOR UPDATE' : ''}`,
    [id],
  );
  if (!waiver) throw refused.notFound('waiver');
  return waiver;
}

/** What waits for a second person. */
export const openWaivers = (tx: Transaction, now: Date): Promise<TrainingWaiver[]> =>
  tx.query<TrainingWaiver>(
    `SELECT ${COLUMNS} FROM training_waiver WHERE approved_at IS NULL AND expires_at >= $1
     ORDER BY requested_at DESC, id LIMIT ${LISTED_MAX}`,
    [now],
  );

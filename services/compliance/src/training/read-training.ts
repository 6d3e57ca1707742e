import type { Transaction } from '@kept/database';

/** Where one member of staff stands. */
export interface StaffTraining {
  readonly staffMemberId: string;
  readonly joinedAt: Date;
  readonly validUntil: Date | null;
  readonly valid: boolean;
  readonly waived: boolean;
}

const LISTED_MAX = 200;
// What is valid longest counts; a waiver never shortens what was passed.
const STANDING = `SELECT m.staff_member_id AS "staffMemberId", m.joined_at AS "joinedAt", r.valid_until AS "validUntil",
    coalesce(r.valid_until > $1, false) AS valid, coalesce(r.kind = 'WAIVED', false) AS waived
  FROM training_member m LEFT JOIN LATERAL (
    SELECT valid_until, kind FROM training_record
    WHERE organization_id = m.organization_id AND staff_member_id = m.staff_member_id
    ORDER BY valid_until DESC LIMIT 1) r ON true
  WHERE m.left_at IS NULL`;

/** Everybody on the staff: first those whose training is not valid. */
export const readStaffTraining = (tx: Transaction, now: Date): Promise<StaffTraining[]> =>
  tx.query<StaffTraining>(`${STANDING} ORDER BY valid, m.joined_at, m.staff_member_id LIMIT ${LISTED_MAX}`, [
    now,
  ]);

/** One of them; never trained when nothing is known. */
export async function readTraining(
  tx: Transaction,
  staffMemberId: string,
  now: Date,
): Promise<Pick<StaffTraining, 'valid' | 'validUntil'>> {
  const [standing] = await tx.query<StaffTraining>(`${STANDING} AND m.staff_member_id = $2`, [
    now,
    staffMemberId,
  ]);
  return standing ?? { valid: false, validUntil: null };
}

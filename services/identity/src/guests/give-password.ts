import type { Transaction } from '@kept/database';

/**
 * Gives the password of a claim, whose address was just proven, to the guest who has the address already: bookings and
 * history stay where they are. From then on no mailed code opens the account, and what such codes have opened ends.
 * Undefined when the address is nobody's, or of an account that has a password.
 */
export async function givePasswordToGuest(
  tx: Transaction,
  { claimId, now }: { claimId: string; now: Date },
): Promise<string | undefined> {
  const [guest] = await tx.query<{ id: string }>(
    `SELECT guest.id FROM account claim JOIN account guest
       ON guest.organization_id = claim.organization_id AND guest.email_index = claim.email_index
     WHERE claim.id = $1 AND claim.state = 'PENDING' AND guest.state = 'ACTIVE' AND guest.kind = 'CLIENT'
     FOR UPDATE OF guest`,
    [claimId],
  );
  if (guest === undefined) return undefined;
  const moved = await tx.query(
    `UPDATE password_credential SET account_id = $1 WHERE account_id = $2
       AND NOT EXISTS (SELECT FROM password_credential own WHERE own.account_id = $1) RETURNING account_id`,
    [guest.id, claimId],
  );
  if (moved.length === 0) return undefined;
  await tx.query(
    `UPDATE session SET ended_at = $2, end_reason = 'REPLACED' WHERE account_id = $1 AND ended_at IS NULL`,
    [guest.id, now],
  );
  await tx.query('UPDATE device SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL', [
    guest.id,
    now,
  ]);
  return guest.id;
}

import type { Transaction } from '@kept/database';

/** Why a password has to be changed before anything else. */
export type ChangeReason = 'BREACHED' | 'OLD_RULES' | 'COMPROMISED' | 'ROTATED';

/**
 * From the next sign-in on these accounts choose another password before they have a session. The first reason stays, but
 * that somebody else knows it comes before all others.
 * Sessions that are open are not touched: whoever wants them ended, ends them. Answers how many passwords it concerns.
 */
export async function requirePasswordChange(
  tx: Transaction,
  accountIds: readonly string[],
  reason: ChangeReason,
): Promise<number> {
  const isKnown = reason === 'COMPROMISED' || reason === 'ROTATED';
  const marked = await tx.query(
    `UPDATE password_credential SET must_change = $2 WHERE account_id = ANY ($1::uuid[])
       AND (must_change IS NULL OR ($3::boolean AND must_change IN ('BREACHED', 'OLD_RULES'))) RETURNING account_id`,
    [accountIds, reason, isKnown],
  );
  // Nor does whoever has typed it a moment ago choose the next one, or enrol a factor of theirs.
  if (isKnown)
    await tx.query(
      `UPDATE auth_flow SET state = 'SPENT', code_hash = NULL WHERE account_id = ANY ($1::uuid[])
         AND kind IN ('SIGN_IN', 'ENROL') AND state IN ('AWAITING_PASSWORD', 'AWAITING_ENROLMENT')`,
      [accountIds],
    );
  return marked.length;
}

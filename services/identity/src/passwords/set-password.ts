import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { PASSWORD_RULES_VERSION } from './password-policy.ts';
import type { HashedPassword } from './hash-password.ts';

/** With the one in force, twelve passwords are not taken again (AUT-05). */
export const EARLIER_PASSWORDS_KEPT = 11;

/** The hashes that a new password must not fit: the one in force and the earlier ones. */
export async function passwordsOf(tx: Transaction, accountId: string): Promise<readonly HashedPassword[]> {
  return tx.query<HashedPassword>(
    `SELECT hash, pepper_version AS "pepperVersion" FROM password_credential WHERE account_id = $1
     UNION ALL (SELECT hash, pepper_version FROM password_history WHERE account_id = $1
       ORDER BY replaced_at DESC LIMIT ${EARLIER_PASSWORDS_KEPT})`,
    [accountId],
  );
}

/**
 * Sets a password; the one before goes into the history, and its debts with it. `replacing` is the hash that was looked
 * at: false when somebody else has changed it since, and then nothing is changed. A guest has none before. `by` is SAME
 * where nothing but the password before was shown: knowing one that the mailbox gave proves no more than the mailbox (A20).
 * Sign-ins under way were begun with the password before, by whoever knew it: they are over.
 */
export async function setPassword(
  tx: Transaction,
  given: {
    accountId: string;
    replacing: string | null;
    next: HashedPassword;
    by: 'OWNER' | 'MAIL' | 'SAME';
    now: Date;
  },
): Promise<boolean> {
  const { accountId, replacing, next, by, now } = given;
  const values = [accountId, next.hash, next.pepperVersion, now, PASSWORD_RULES_VERSION, by];
  if (replacing === null) {
    invariant(by !== 'SAME', 'a first password comes from somewhere');
    const first = await tx.query(
      `INSERT INTO password_credential (account_id, organization_id, hash, pepper_version, changed_at, rules_version, set_by)
       VALUES ($1, $7, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING account_id`,
      [...values, tx.organizationId],
    );
    return first.length === 1;
  }
  const [earlier] = await tx.query<{ pepper_version: number }>(
    'SELECT pepper_version FROM password_credential WHERE account_id = $1 AND hash = $2 FOR UPDATE',
    [accountId, replacing],
  );
  if (!earlier) return false;
  await tx.query(
    `UPDATE password_credential SET hash = $2, pepper_version = $3, changed_at = $4, rules_version = $5,
       set_by = CASE WHEN $6 = 'SAME' THEN set_by ELSE $6 END, must_change = NULL, reminded_at_days = NULL WHERE account_id = $1`,
    values,
  );
  await tx.query(
    `UPDATE auth_flow SET state = 'SPENT', code_hash = NULL WHERE account_id = $1 AND kind IN ('SIGN_IN', 'ENROL', 'PASSKEY_SIGN_IN')
       AND state IN ('AWAITING_FACTOR', 'AWAITING_PASSWORD', 'AWAITING_ENROLMENT')`,
    [accountId],
  );
  await tx.query(
    `INSERT INTO password_history (id, organization_id, account_id, hash, pepper_version, replaced_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [randomUUID(), tx.organizationId, accountId, replacing, earlier.pepper_version, now],
  );
  await tx.query(
    `DELETE FROM password_history WHERE account_id = $1 AND id NOT IN (
       SELECT id FROM password_history WHERE account_id = $1 ORDER BY replaced_at DESC, id LIMIT ${EARLIER_PASSWORDS_KEPT})`,
    [accountId],
  );
  return true;
}

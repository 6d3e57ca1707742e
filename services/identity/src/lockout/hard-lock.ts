import type { Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import type { Caller } from '@kept/passport';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { endSessions } from '../sessions/end-session.ts';

/** Who may lock an account altogether: its owner, a manager, or whoever contains an incident. Failures never do. */
export type LockCause = 'NOT_ME' | 'MANAGER' | 'INCIDENT';

/** Where a reason is sealed: under the key of whom it is about, bound to this very row. */
export const reasonPlace = (
  table: 'account_lock' | 'account_unlock',
  { accountId, rowId }: { accountId: string; rowId: string },
): FieldPlace => ({ subjectId: accountId, fieldClass: 'sensitive', table, column: 'reason', rowId });

/** Why an account is locked altogether; undefined when it is not. Asked before every session (A10). */
export async function hardLockOf(tx: Transaction, accountId: string): Promise<LockCause | undefined> {
  const [lock] = await tx.query<{ cause: LockCause }>(
    'SELECT cause FROM account_lock WHERE account_id = $1',
    [accountId],
  );
  return lock?.cause;
}

export interface AccountToLock {
  readonly accountId: string;
  readonly cause: LockCause;
  /** The manager; null for the owner and for incidents. */
  readonly lockedBy: string | null;
  readonly reason: string | null;
  readonly caller: Pick<Caller, 'kind' | 'accountId' | 'requestId'>;
  readonly now: Date;
}

/**
 * Locks an account altogether: every session ends, every sign-in that is under way is over, and no new one leads to a
 * session until a manager opens it. Doing it twice is no mistake: the first time counts. Answers whether this was it.
 */
export async function lockAccount(
  { keyring, nudgeMail }: Pick<Identity, 'keyring' | 'nudgeMail'>,
  tx: Transaction,
  { accountId, cause, lockedBy, reason, caller, now }: AccountToLock,
): Promise<boolean> {
  const place = reasonPlace('account_lock', { accountId, rowId: accountId });
  const locked = await tx.query(
    `INSERT INTO account_lock (account_id, organization_id, cause, locked_by, reason, locked_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT ON CONSTRAINT one_lock_per_account DO NOTHING RETURNING account_id`,
    [
      accountId,
      tx.organizationId,
      cause,
      lockedBy,
      reason === null ? null : await keyring.seal(tx, place, reason),
      now,
    ],
  );
  const why = cause === 'NOT_ME' ? 'NOT_ME' : 'SUSPENDED';
  await endSessions(tx, { accountId, reason: why, caller, now });
  await tx.query(
    `UPDATE auth_flow SET state = 'SPENT', code_hash = NULL
     WHERE account_id = $1 AND state NOT IN ('COMPLETED', 'SPENT')`,
    [accountId],
  );
  if (locked.length === 0) return false;
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_login_lock',
      outcome: 'success',
      subject: { type: 'Account', id: accountId },
      details: { locked: 'account', cause },
    },
  );
  await queueMail({ nudgeMail }, tx, { mail: { accountId, template: 'account-locked' }, now });
  return true;
}

import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { inSteppedUpSession, readId, readReason, type Responsible } from '../people/stepped-up.ts';
import { lockAccount, reasonPlace } from './hard-lock.ts';
import { openAccount } from './open-account.ts';

const MANAGERS = { of: ['MANAGER'] } as const;
/** How long a second manager has to approve. */
const APPROVAL_MS = 24 * 3_600_000;
const OWN = 'Nobody opens or locks their own account. Please ask another manager.';

/** What became of unlocking: done, or waiting for a second manager. */
export interface Unlocking {
  readonly id: string;
  readonly accountId: string;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly expiresAt: Date;
  readonly unlockedAt: Date | null;
}

const COLUMNS = `id, account_id AS "accountId", asked_by AS "askedBy", asked_at AS "askedAt",
  expires_at AS "expiresAt", done_at AS "unlockedAt"`;

/** Opens an account for a reason; what belongs to a manager waits for a second one (AUT-07). */
export const unlockAccount = (
  identity: Identity,
  { caller, accountId: given, reason }: { caller: Caller; accountId: string; reason: string },
): Promise<Unlocking> =>
  inSteppedUpSession(identity, { caller, ...MANAGERS }, async (tx, by) => {
    const why = readReason(reason);
    const account = await colleague(tx, by, given);
    const takesTwo = account.roles.includes('MANAGER');
    const id = randomUUID();
    const { now } = by;
    const sealed = await identity.keyring.seal(
      tx,
      reasonPlace('account_unlock', { accountId: account.id, rowId: id }),
      why,
    );
    const [unlocking] = await tx.query<Unlocking>(
      `INSERT INTO account_unlock (id, organization_id, account_id, asked_by, reason, asked_at, expires_at, takes_two, done_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN NOT $8 THEN $6::timestamptz END) RETURNING ${COLUMNS}`,
      [
        id,
        tx.organizationId,
        account.id,
        by.accountId,
        sealed,
        now,
        new Date(now.getTime() + APPROVAL_MS),
        takesTwo,
      ],
    );
    if (!unlocking) throw refused.notFound('account');
    if (!takesTwo)
      await openAccount(identity, tx, { accountId: account.id, caller, now, by: [by.accountId] });
    else
      await recordAudit(
        tx,
        { caller, now },
        {
          action: 'authn_login_unlock_asked',
          outcome: 'success',
          subject: { type: 'Account', id: account.id },
          details: { unlocking: id },
        },
      );
    return unlocking;
  });

/** The second manager's word. Of two who say it at once one opens the account. */
export const approveUnlock = (
  identity: Identity,
  { caller, id }: { caller: Caller; id: string },
): Promise<Unlocking> =>
  inSteppedUpSession(identity, { caller, ...MANAGERS }, async (tx, by) => {
    const wanted = readId(id, 'unlocking');
    const [unlocking] = await tx.query<Unlocking>(
      `SELECT ${COLUMNS} FROM account_unlock WHERE id = $1 AND done_at IS NULL AND expires_at > $2 FOR UPDATE`,
      [wanted, by.now],
    );
    if (!unlocking) throw refused.notFound('unlocking');
    const { accountId, askedBy } = unlocking;
    if (by.accountId === askedBy || by.accountId === accountId)
      throw refused.forbidden('A manager who neither asked for it nor owns the account has to approve.');
    await tx.query(
      'UPDATE account_unlock SET approved_by = $2, approved_at = $3, done_at = $3 WHERE id = $1',
      [wanted, by.accountId, by.now],
    );
    await openAccount(identity, tx, { accountId, caller, now: by.now, by: [askedBy, by.accountId] });
    return { ...unlocking, unlockedAt: by.now };
  });

/** What waits for a second manager, oldest first. */
export const listUnlockings = (tx: Transaction, now: Date): Promise<Unlocking[]> =>
  tx.query<Unlocking>(
    `SELECT ${COLUMNS} FROM account_unlock
     WHERE organization_id = $1 AND done_at IS NULL AND expires_at > $2 ORDER BY asked_at, id LIMIT 50`,
    [tx.organizationId, now],
  );

/** Locks an account altogether, until managers open it. */
export const lockAccountByManager = (
  identity: Identity,
  { caller, accountId: given, reason }: { caller: Caller; accountId: string; reason: string },
): Promise<{ accountId: string; lockedAt: Date }> =>
  inSteppedUpSession(identity, { caller, ...MANAGERS }, async (tx, by) => {
    const why = readReason(reason);
    const { id: accountId } = await colleague(tx, by, given);
    const lockedBy = by.accountId;
    await lockAccount(identity, tx, {
      accountId,
      cause: 'MANAGER',
      lockedBy,
      reason: why,
      caller,
      now: by.now,
    });
    return { accountId, lockedAt: by.now };
  });

async function colleague(tx: Transaction, by: Responsible, given: string) {
  const id = readId(given, 'account');
  const [account] = await tx.query<{ id: string; roles: readonly string[] }>(
    "SELECT id, roles FROM account WHERE id = $1 AND state = 'ACTIVE'",
    [id],
  );
  if (!account) throw refused.notFound('account');
  if (account.id === by.accountId) throw refused.forbidden(OWN);
  return account;
}

import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { shutOut } from '../../notices/shut-out.ts';
import { readToken } from '../../sessions/routed-token.ts';
import { seedPlace } from '../totp.ts';
import { changePlace } from './factor-change.ts';
import { tellOfFactors } from './tell-of-factors.ts';

// Whoever changed the factor was in the account with its password: every session ends, and the password is changed at
// the next sign-in, after the factor that is back. The account is not locked: its owner has just shown who they are.
const EFFECT = { ends: 'ALL', marksPassword: true, locks: false } as const;

interface Restorable {
  readonly id: string;
  readonly created_at: Date;
  readonly former_factor_id: string | null;
  readonly former_secret: Buffer | null;
  readonly former_step: string | null;
  readonly undone_at: Date | null;
}

/**
 * Brings back the authenticator that a notice tells was taken off or replaced (A24). Needs no sign-in, but the token of the
 * notice, for a day; everything that was added since goes, and so do all sessions. True also when it was done before.
 */
export async function restoreFactor(
  identity: Identity,
  { caller, token }: { caller: Caller; token: string },
): Promise<boolean> {
  const routed = readToken(identity.secrets, 'factor-restore', token);
  if (!routed) return false;
  return identity.database.transaction(routed.organizationId, async (tx) => {
    const now = identity.clock();
    const [owner] = await tx.query<{ id: string }>(
      `SELECT a.id FROM account a JOIN factor_change c ON c.account_id = a.id
       WHERE c.id = $1 AND a.state = 'ACTIVE' FOR UPDATE OF a`,
      [routed.id],
    );
    const [change] = await tx.query<Restorable>(
      `SELECT id, created_at, former_factor_id, former_secret, former_step, undone_at FROM factor_change
       WHERE id = $1 AND undo_until > $2`,
      [routed.id, now],
    );
    if (!owner || !change) return false;
    if (change.undone_at !== null) return true;
    const accountId = owner.id;
    const secret = await openFormer(identity, tx, { accountId, change });
    if (secret === null || change.former_factor_id === null) return false;
    await removeFactors(tx, accountId, change.created_at);
    await putBack(identity, tx, {
      accountId,
      id: change.former_factor_id,
      secret,
      step: change.former_step,
      now,
    });
    await tx.query(
      `UPDATE factor_change SET undone_at = $3, former_secret = NULL
       WHERE account_id = $1 AND created_at >= $2 AND undone_at IS NULL`,
      [accountId, change.created_at, now],
    );
    const nothing = { sessionId: null, deviceId: null };
    await shutOut(identity, tx, { accountId, ...nothing, effect: EFFECT, caller, now });
    await tellOfFactors(identity, tx, { accountId, template: 'authenticator-restored', now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { factor: 'TOTP', change: 'restored' },
      },
    );
    return true;
  });
}

/** Takes off what can sign in, besides the password: all of it, or what was added from an instant on. */
export async function removeFactors(
  tx: Transaction,
  accountId: string,
  addedSince: Date | null,
): Promise<void> {
  await tx.query('DELETE FROM totp_factor WHERE account_id = $1', [accountId]);
  await tx.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId]);
  await tx.query(
    'DELETE FROM code_factor WHERE account_id = $1 AND ($2::timestamptz IS NULL OR enrolled_at >= $2)',
    [accountId, addedSince],
  );
  await tx.query(
    'DELETE FROM passkey WHERE account_id = $1 AND ($2::timestamptz IS NULL OR created_at >= $2)',
    [accountId, addedSince],
  );
}

const openFormer = (
  { keyring }: Identity,
  tx: Transaction,
  { accountId, change: { id, former_secret: sealed } }: { accountId: string; change: Restorable },
): Promise<string | null> => keyring.open(tx, changePlace({ id, accountId }, 'former_secret'), sealed);

async function putBack(
  { keyring }: Identity,
  tx: Transaction,
  given: { accountId: string; id: string; secret: string; step: string | null; now: Date },
): Promise<void> {
  const { accountId, id, secret, step, now } = given;
  await tx.query(
    `INSERT INTO totp_factor (id, organization_id, account_id, secret, last_step, created_at, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6)`,
    [
      id,
      tx.organizationId,
      accountId,
      await keyring.seal(tx, seedPlace(accountId, id), secret),
      step ?? '0',
      now,
    ],
  );
}

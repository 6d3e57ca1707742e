import type { Transaction } from '@kept/database';
import type { KnownAccount } from '../../accounts/find-account.ts';
import { listSignInFactors } from '../list-sign-in-factors.ts';

/** How long a code by mail or text waits before it stands in for a stronger factor. */
export const RESTRICTED_WAIT_MS = 24 * 3_600_000;

/**
 * From when a mailed or texted code that is enrolled now can be used. At once where there was nothing better; a day later
 * beside a strong factor, or after one that was taken off within the last day: its owner reads the notice first, and
 * nobody who got in for a moment makes the way in easier for themselves (A24).
 */
export async function restrictedFrom(tx: Transaction, account: KnownAccount, now: Date): Promise<Date> {
  const factors = await listSignInFactors(tx, account, now);
  const [change] = await tx.query(
    'SELECT 1 FROM factor_change WHERE account_id = $1 AND created_at > $2 AND undone_at IS NULL',
    [account.id, new Date(now.getTime() - RESTRICTED_WAIT_MS)],
  );
  const strong = factors.some(({ grade }) => grade !== 'RESTRICTED') || change !== undefined;
  return strong ? new Date(now.getTime() + RESTRICTED_WAIT_MS) : now;
}

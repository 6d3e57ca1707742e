import type { Transaction } from '@kept/database';
import type { KnownAccount } from './find-account.ts';

/**
 * Whether an account is one that may sign in at all, now. Looked up anew: an account may have been suspended or have come to
 * its end since the caller has read it (A10). A program goes by its owner too: without one nobody answers for it.
 */
export async function accountStanding(
  tx: Transaction,
  account: Pick<KnownAccount, 'id'>,
  now: Date,
): Promise<'GOOD' | 'CLOSED'> {
  const [open] = await tx.query(
    `SELECT FROM account a WHERE a.id = $1 AND a.state = 'ACTIVE' AND (a.ends_at IS NULL OR a.ends_at > $2)
       AND (a.kind <> 'SERVICE'
         OR EXISTS (SELECT FROM account owner WHERE owner.id = a.owner_id AND owner.state = 'ACTIVE'))`,
    [account.id, now],
  );
  return open === undefined ? 'CLOSED' : 'GOOD';
}

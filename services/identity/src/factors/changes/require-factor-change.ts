import type { Transaction } from '@kept/database';
import { isAtLeast, type Assurance, type Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { findActive, type KnownAccount } from '../../accounts/find-account.ts';
import { demandPassword, isFresh, requireLiveSession, type OwnSession } from '../../sessions/live-session.ts';
import type { FactorGrade } from '../factor.ts';
import { listSignInFactors } from '../list-sign-in-factors.ts';

/** What a session must be worth to change the factors of an account that has these: no less than they are (A24). */
export function gradeToChange(factors: readonly { readonly grade: FactorGrade }[]): Assurance {
  if (factors.some(({ grade }) => grade !== 'RESTRICTED')) return 'STRONG';
  return factors.length > 0 ? 'RESTRICTED' : 'PASSWORD';
}

/**
 * The session and account of whoever may change how they sign in: a live session of the last fifteen minutes that was
 * opened with a factor as good as the ones there are. Else `STEP_UP_REQUIRED` (A24); a mailed code alone changes nothing.
 */
export async function requireFactorChange(
  tx: Transaction,
  caller: Caller,
  now: Date,
): Promise<{ session: OwnSession; account: KnownAccount }> {
  const session = await requireLiveSession(tx, caller, now);
  if (session.method !== 'PASSKEY') demandPassword(session);
  const account = await findActive(tx, session.accountId);
  if (!account) throw refused.unauthenticated();
  const needed = gradeToChange(await listSignInFactors(tx, account, now));
  if (!isFresh(session, now) || !isAtLeast(session.assurance, needed)) {
    throw refused.stepUpRequired(
      needed === 'PASSWORD'
        ? 'Please sign in again, then change how you sign in.'
        : 'Please sign in again with your second factor, then change how you sign in.',
    );
  }
  return { session, account };
}

import type { Transaction } from '@kept/database';
import type { KnownAccount } from './find-account.ts';

/** Whether an account is one that may sign in at all, now. */
export function accountStanding(
  _tx: Transaction,
  account: KnownAccount,
  _now: Date,
): Promise<'GOOD' | 'CLOSED'> {
  return Promise.resolve(account.state === 'ACTIVE' ? 'GOOD' : 'CLOSED');
}

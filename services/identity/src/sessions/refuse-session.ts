import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { accountStanding } from '../accounts/account-standing.ts';
import type { KnownAccount } from '../accounts/find-account.ts';
import type { Identity } from '../identity.ts';
import { hardLockOf } from '../lockout/hard-lock.ts';
import { admitNetwork } from '../network-rules/admit-network.ts';
import type { SignInRejection } from '../sign-in/sign-in-step.ts';

/** Somebody who would have a session, or go on having one. */
export interface SessionRequest {
  readonly caller: Caller;
  readonly account: KnownAccount;
  readonly now: Date;
}

/**
 * Why there can be no session, whatever was proven; undefined when there can. The one place that every way to a session
 * comes through (A10): signing in by whatever factor, refreshing, stepping up.
 */
export async function refuseSession(
  identity: Identity,
  tx: Transaction,
  { caller, account, now }: SessionRequest,
): Promise<SignInRejection | undefined> {
  // The same answer as a wrong password: whether an account was closed is nobody's business.
  if ((await accountStanding(tx, account, now)) !== 'GOOD') return 'BAD_CREDENTIALS';
  if ((await hardLockOf(tx, account.id)) !== undefined) return 'ACCOUNT_LOCKED';
  if (!(await admitNetwork(identity, tx, { caller, account, now }))) return 'NETWORK_REFUSED';
  return undefined;
}

import type { Transaction } from '@kept/database';
import type { KnownAccount } from '../accounts/find-account.ts';

/** Whether a password may be used on: not one that must be changed first, nor one that is too old. */
export type CredentialStanding = 'GOOD' | 'MUST_CHANGE' | 'EXPIRED';

/** How the password of an account stands; asked when it was right and the second factor was shown. */
export function credentialStanding(
  _tx: Transaction,
  _account: KnownAccount,
  _now: Date,
): Promise<CredentialStanding> {
  return Promise.resolve('GOOD');
}

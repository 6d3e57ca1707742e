import type { Transaction } from '@kept/database';
import type { Assurance } from '@kept/passport';
import type { KnownAccount } from '../accounts/find-account.ts';
import type { FactorKind } from './factor.ts';

/** Something that an account can prove itself with, besides the password. */
export interface SignInFactor {
  readonly kind: FactorKind;
  /** What a session that was opened with it is worth. */
  readonly grade: Exclude<Assurance, 'NONE' | 'PASSWORD'>;
}

/** The factors an account may answer a sign-in with, strongest first; none when it has enrolled none. */
export function listSignInFactors(
  _tx: Transaction,
  account: KnownAccount,
  _now: Date,
): Promise<readonly SignInFactor[]> {
  return Promise.resolve(
    account.has_authenticator
      ? [
          { kind: 'TOTP', grade: 'STRONG' },
          { kind: 'RECOVERY_CODE', grade: 'STRONG' },
        ]
      : [],
  );
}

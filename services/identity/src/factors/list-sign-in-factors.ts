import type { Transaction } from '@kept/database';
import type { KnownAccount } from '../accounts/find-account.ts';
import { passkeyStanding } from './passkeys/passkey.ts';
import { gradeOf, type CodeFactorKind, type FactorGrade, type FactorKind } from './factor.ts';

/** Something that an account can prove itself with, besides the password. */
export interface SignInFactor {
  readonly kind: FactorKind;
  /** What a session that was opened with it is worth. */
  readonly grade: FactorGrade;
}

/**
 * The factors an account may answer a sign-in with, strongest first; none when it has enrolled none. Staff have none that
 * is mailed or texted (ASVS 6.3.6, 6.6.1). Whoever set the password with a mailed code does not prove themselves with
 * another mailed one: the same mailbox twice is one factor (A20).
 */
export async function listSignInFactors(
  tx: Transaction,
  account: KnownAccount,
  now: Date,
): Promise<readonly SignInFactor[]> {
  const passkeys = await passkeyStanding(tx, account.id);
  const kinds: FactorKind[] = [
    ...(passkeys.opens ? (['PASSKEY'] as const) : []),
    ...(account.has_authenticator ? (['TOTP'] as const) : []),
    ...(passkeys.protects || account.has_authenticator ? (['RECOVERY_CODE'] as const) : []),
  ];
  if (account.kind === 'CLIENT') {
    const codes = await tx.query<{ kind: CodeFactorKind }>(
      `SELECT f.kind FROM code_factor f LEFT JOIN password_credential p USING (account_id)
       WHERE f.account_id = $1 AND f.enrolled_at <= $2 AND NOT (f.kind = 'EMAIL_CODE' AND p.set_by IS NOT DISTINCT FROM 'MAIL')
       ORDER BY f.kind DESC`,
      [account.id, now],
    );
    kinds.push(...codes.map(({ kind }) => kind));
  }
  return kinds.map((kind) => ({ kind, grade: gradeOf(kind) }));
}

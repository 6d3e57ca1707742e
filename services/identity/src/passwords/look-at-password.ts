import type { Transaction } from '@kept/database';
import { passwordOf, type SignInAccount } from '../accounts/find-account.ts';
import type { Identity } from '../identity.ts';
import type { HashedPassword } from './hash-password.ts';
import { isCommon, PASSWORD_RULES_VERSION } from './password-policy.ts';
import { requirePasswordChange, type ChangeReason } from './require-password-change.ts';

/** What a sign-in shows of a password, the only moment at which it is seen. */
export interface Look {
  /** The hash as it is made today, when the stored one is of older parameters or an older pepper. */
  readonly renewed?: HashedPassword;
  /** Why it has to be changed, when it was chosen before something was known or asked (AUT-11). */
  readonly weakness?: ChangeReason;
}

/** Looks at a password that was right: whether its hash is current, and whether it would still be taken. */
export async function lookAtPassword(
  { hasher, breached }: Pick<Identity, 'hasher' | 'breached'>,
  account: SignInAccount,
  { password }: { readonly password: string },
): Promise<Look> {
  const line = account.kind === 'STAFF' ? 'STAFF' : 'CLIENT';
  const renewed = hasher.isCurrent(passwordOf(account)) ? undefined : await hasher.hash(password, line);
  const weakness: ChangeReason | undefined =
    isCommon(password) || (await breached.has(password))
      ? 'BREACHED'
      : account.rules_version < PASSWORD_RULES_VERSION
        ? 'OLD_RULES'
        : undefined;
  return { ...(renewed && { renewed }), ...(weakness && { weakness }) };
}

/**
 * Whether the password that was verified is still the one of the account. Holds it so until the transaction ends: several
 * devices of one person may hold it together, unless something is to be written to it.
 */
export async function isInForce(tx: Transaction, { id, hash }: SignInAccount, look: Look): Promise<boolean> {
  const isWritten = look.renewed !== undefined || look.weakness !== undefined;
  const [same] = await tx.query(
    `SELECT FROM password_credential WHERE account_id = $1 AND hash = $2 FOR ${isWritten ? 'NO KEY UPDATE' : 'SHARE'}`,
    [id, hash],
  );
  return same !== undefined;
}

/** Writes down what was seen. */
export async function rememberLook(
  tx: Transaction,
  accountId: string,
  { renewed, weakness }: Look,
): Promise<void> {
  if (renewed !== undefined) {
    await tx.query('UPDATE password_credential SET hash = $2, pepper_version = $3 WHERE account_id = $1', [
      accountId,
      renewed.hash,
      renewed.pepperVersion,
    ]);
  }
  if (weakness !== undefined) await requirePasswordChange(tx, [accountId], weakness);
}

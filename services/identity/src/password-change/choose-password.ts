import type { Transaction } from '@kept/database';
import { contactPlace } from '../accounts/contact.ts';
import type { AccountKind } from '../accounts/account.ts';
import type { Identity } from '../identity.ts';
import type { HashedPassword } from '../passwords/hash-password.ts';
import { judgeNewPassword } from '../passwords/judge-password.ts';
import { readPasswordPolicy, type PasswordPolicy } from '../passwords/organization-policy.ts';
import { passwordRefusal, type PasswordRefusal } from '../passwords/password-policy.ts';
import { passwordsOf } from '../passwords/set-password.ts';

/** Everything a new password of somebody is judged by. Read in one transaction, used outside of any. */
export interface PasswordContext {
  readonly accountId: string;
  readonly kind: AccountKind;
  /** The one in force; null for a guest. */
  readonly current: HashedPassword | null;
  readonly taken: readonly HashedPassword[];
  readonly details: readonly string[];
  readonly policy: PasswordPolicy;
}

/** Reads what a new password is judged by; undefined for an account that is not in use. */
export async function readPasswordContext(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  accountId: string,
): Promise<PasswordContext | undefined> {
  const [row] = await tx.query<{
    kind: AccountKind;
    display_name: Buffer | null;
    email: Buffer | null;
    phone: Buffer | null;
    organization: string | null;
  }>(
    `SELECT a.kind, a.display_name, a.email, a.phone, o.name AS organization
     FROM account a LEFT JOIN organization_profile o USING (organization_id)
     WHERE a.id = $1 AND a.state = 'ACTIVE'`,
    [accountId],
  );
  if (!row) return undefined;
  const [name, email, phone] = await keyring.openMany(tx, [
    { place: contactPlace(accountId, 'display_name'), envelope: row.display_name },
    { place: contactPlace(accountId, 'email'), envelope: row.email },
    { place: contactPlace(accountId, 'phone'), envelope: row.phone },
  ]);
  const taken = await passwordsOf(tx, accountId);
  const [current] = await tx.query<HashedPassword>(
    'SELECT hash, pepper_version AS "pepperVersion" FROM password_credential WHERE account_id = $1',
    [accountId],
  );
  return {
    accountId,
    kind: row.kind,
    current: current ?? null,
    taken,
    details: [name ?? '', email?.split('@', 1)[0] ?? '', phone ?? '', row.organization ?? ''],
    policy: await readPasswordPolicy(tx),
  };
}

/**
 * Judges a new password and hashes it: every reason to refuse it, or the hash. Twelve verifications when it is good
 * (AUT-05), each in its turn, so that a change is no way to keep the pool from others.
 */
export async function choosePassword(
  identity: Pick<Identity, 'hasher' | 'estimator' | 'breached'>,
  { kind, taken, details, policy }: PasswordContext,
  password: string,
): Promise<{ refused: PasswordRefusal[] } | { chosen: HashedPassword }> {
  const refusals = await judgeNewPassword(identity, { password, details, policy });
  if (refusals.length > 0) return { refused: refusals };
  const line = kind === 'STAFF' ? 'STAFF' : 'CLIENT';
  for (const earlier of taken) {
    if (await identity.hasher.verify(earlier, password, line))
      return { refused: [passwordRefusal('PASSWORD_REUSED')] };
  }
  return { chosen: await identity.hasher.hash(password, line) };
}

import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { Identity } from '../identity.ts';
import type { HashedPassword } from '../passwords/hash-password.ts';
import type { AccountKind, AccountState } from './account.ts';

/** What every way of signing in needs to know of an account. */
export interface KnownAccount {
  readonly id: string;
  readonly kind: AccountKind;
  readonly state: AccountState;
  readonly roles: Role[];
  readonly employment: 'EMPLOYEE' | 'VENDOR' | null;
  readonly has_authenticator: boolean;
  /** False for a guest, who proves the address with a mailed code. */
  readonly has_password: boolean;
}

/** An account that a password opens. */
export interface SignInAccount extends KnownAccount {
  readonly hash: string;
  readonly pepper_version: number;
  readonly rules_version: number;
}

/** The password of an account as it is verified. */
export const passwordOf = ({ hash, pepper_version: pepperVersion }: SignInAccount): HashedPassword => ({
  hash,
  pepperVersion,
});

const COLUMNS = `a.id, a.kind, a.state, a.roles, a.employment, p.hash IS NOT NULL AS has_password,
    EXISTS (SELECT FROM totp_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL) AS has_authenticator`;

/** The active account of an address, or else the newest claim to it. Guests have no password and are none of these. */
export async function findByAddress(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  email: string,
): Promise<SignInAccount | undefined> {
  const index = await keyring.blindIndex(tx, { table: 'account', column: 'email' }, email);
  const [account] = await tx.query<SignInAccount>(
    `SELECT ${COLUMNS}, p.hash, p.pepper_version, p.rules_version FROM account a JOIN password_credential p ON p.account_id = a.id
     WHERE a.organization_id = $1 AND a.email_index = $2 AND a.state IN ('ACTIVE', 'PENDING')
     ORDER BY (a.state = 'ACTIVE') DESC, a.created_at DESC LIMIT 1`,
    [tx.organizationId, index],
  );
  return account;
}

const OF_EVERYBODY = `SELECT ${COLUMNS} FROM account a LEFT JOIN password_credential p ON p.account_id = a.id`;

/** An account that can sign in, by password or as a guest. */
export async function findActive(tx: Transaction, accountId: string): Promise<KnownAccount | undefined> {
  const [account] = await tx.query<KnownAccount>(`${OF_EVERYBODY} WHERE a.id = $1 AND a.state = 'ACTIVE'`, [
    accountId,
  ]);
  return account;
}

/** Whose an address is, by password or as a guest; a claim nobody has proven is nobody's. */
export async function findOwner(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  email: string,
): Promise<KnownAccount | undefined> {
  const index = await keyring.blindIndex(tx, { table: 'account', column: 'email' }, email);
  const [account] = await tx.query<KnownAccount>(
    `${OF_EVERYBODY} WHERE a.organization_id = $1 AND a.email_index = $2 AND a.state = 'ACTIVE'`,
    [tx.organizationId, index],
  );
  return account;
}

import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { Identity } from '../identity.ts';
import type { AccountKind, AccountState } from './account.ts';

/** What signing in needs to know of an account. */
export interface SignInAccount {
  readonly id: string;
  readonly kind: AccountKind;
  readonly state: AccountState;
  readonly roles: Role[];
  readonly hash: string;
  readonly has_authenticator: boolean;
}

const SELECT = `SELECT a.id, a.kind, a.state, a.roles, p.hash,
    EXISTS (SELECT FROM totp_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL) AS has_authenticator
  FROM account a JOIN password_credential p ON p.account_id = a.id`;

/** The active account of an address, or else the newest claim to it. */
export async function findByAddress(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  email: string,
): Promise<SignInAccount | undefined> {
  const index = await keyring.blindIndex(tx, { table: 'account', column: 'email' }, email);
  const [account] = await tx.query<SignInAccount>(
    `${SELECT} WHERE a.organization_id = $1 AND a.email_index = $2 AND a.state IN ('ACTIVE', 'PENDING')
     ORDER BY (a.state = 'ACTIVE') DESC, a.created_at DESC LIMIT 1`,
    [tx.organizationId, index],
  );
  return account;
}

/** An account that can sign in. */
export async function findActive(tx: Transaction, accountId: string): Promise<SignInAccount | undefined> {
  const [account] = await tx.query<SignInAccount>(`${SELECT} WHERE a.id = $1 AND a.state = 'ACTIVE'`, [
    accountId,
  ]);
  return account;
}

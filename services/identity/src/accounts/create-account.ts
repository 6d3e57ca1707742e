import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { Identity } from '../identity.ts';
import { PEPPER_VERSION } from '../passwords/hash-password.ts';
import type { AccountKind } from './account.ts';
import { contactPlace, type ContactColumn } from './contact.ts';

/** A person to be entered, in canonical form. */
export interface NewAccount {
  readonly id?: string;
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  readonly email: string;
  readonly displayName: string;
  readonly phone?: string | undefined;
  readonly timeZone: string;
  /** A language tag such as `de-AT`; the organization's when left out. */
  readonly language?: string | undefined;
  /** Guests have none: they prove their address anew each time. */
  readonly passwordHash?: string;
}

/** Writes an account that cannot sign in yet, its contact sealed under its own key. Returns its id. */
export async function createPendingAccount(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { account, now }: { account: NewAccount; now: Date },
): Promise<string> {
  const id = account.id ?? randomUUID();
  const seal = (column: ContactColumn, text: string) => keyring.seal(tx, contactPlace(id, column), text);
  await tx.query(
    `INSERT INTO account (id, organization_id, kind, roles, state, display_name, email, email_index, phone,
       time_zone, language, created_at, last_active_at)
     VALUES ($1, $2, $3, $4, 'PENDING', $5, $6, $7, $8, $9,
       coalesce($11, (SELECT language FROM organization_profile WHERE organization_id = $2), 'en'), $10, $10)`,
    [
      id,
      tx.organizationId,
      account.kind,
      account.roles,
      await seal('display_name', account.displayName),
      await seal('email', account.email),
      await keyring.blindIndex(tx, { table: 'account', column: 'email' }, account.email),
      account.phone === undefined ? null : await seal('phone', account.phone),
      account.timeZone,
      now,
      account.language ?? null,
    ],
  );
  if (account.passwordHash === undefined) return id;
  await tx.query(
    'INSERT INTO password_credential (account_id, organization_id, hash, pepper_version, changed_at) VALUES ($1, $2, $3, $4, $5)',
    [id, tx.organizationId, account.passwordHash, PEPPER_VERSION, now],
  );
  return id;
}

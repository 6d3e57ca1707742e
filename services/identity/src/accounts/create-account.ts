import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { Identity } from '../identity.ts';
import type { HashedPassword } from '../passwords/hash-password.ts';
import { PASSWORD_RULES_VERSION } from '../passwords/password-policy.ts';
import type { AccountKind } from './account.ts';
import { contactPlace, type ContactColumn } from './contact.ts';

/** A person to be entered, in canonical form. */
export interface NewAccount {
  readonly id?: string;
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  /** Left out for whoever somebody else answers for: they have nothing to sign in with. */
  readonly email?: string;
  /** Left out for whoever is invited: they say it themselves. */
  readonly displayName?: string;
  readonly phone?: string | undefined;
  readonly timeZone: string;
  /** A language tag such as `de-AT`; the organization's when left out. */
  readonly language?: string | undefined;
  /** Guests have none: they prove their address anew each time. */
  readonly passwordHash?: HashedPassword;
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
      account.displayName === undefined ? null : await seal('display_name', account.displayName),
      account.email === undefined ? null : await seal('email', account.email),
      account.email === undefined
        ? null
        : await keyring.blindIndex(tx, { table: 'account', column: 'email' }, account.email),
      account.phone === undefined ? null : await seal('phone', account.phone),
      account.timeZone,
      now,
      account.language ?? null,
    ],
  );
  if (account.passwordHash === undefined) return id;
  await tx.query(
    `INSERT INTO password_credential (account_id, organization_id, hash, pepper_version, changed_at, rules_version)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      id,
      tx.organizationId,
      account.passwordHash.hash,
      account.passwordHash.pepperVersion,
      now,
      PASSWORD_RULES_VERSION,
    ],
  );
  return id;
}

import type { Transaction } from '@kept/database';
import type { KnownAccount } from '../accounts/find-account.ts';
import { readPasswordPolicy } from './organization-policy.ts';

const DAY_MS = 24 * 3_600_000;

/** Whether a password may be used on: not one that must be changed first, nor one that is too old. */
export type CredentialStanding = 'GOOD' | 'MUST_CHANGE' | 'EXPIRED';

/** How the password of an account stands; asked when it was right and the second factor was shown. */
export async function credentialStanding(
  tx: Transaction,
  account: Pick<KnownAccount, 'id' | 'kind'>,
  now: Date,
): Promise<CredentialStanding> {
  const [credential] = await tx.query<{ must_change: string | null; changed_at: Date }>(
    'SELECT must_change, changed_at FROM password_credential WHERE account_id = $1',
    [account.id],
  );
  if (credential === undefined) return 'GOOD';
  if (credential.must_change !== null) return 'MUST_CHANGE';
  if (account.kind !== 'STAFF') return 'GOOD';
  const { staffMaxAgeDays } = await readPasswordPolicy(tx);
  const ageMs = now.getTime() - credential.changed_at.getTime();
  return staffMaxAgeDays !== null && ageMs >= staffMaxAgeDays * DAY_MS ? 'EXPIRED' : 'GOOD';
}

/** Whether somebody else knows a password, or may: that it is right says nothing of who types it. */
export async function isKnownToOthers(tx: Transaction, accountId: string): Promise<boolean> {
  const [known] = await tx.query(
    "SELECT FROM password_credential WHERE account_id = $1 AND must_change IN ('COMPROMISED', 'ROTATED')",
    [accountId],
  );
  return known !== undefined;
}

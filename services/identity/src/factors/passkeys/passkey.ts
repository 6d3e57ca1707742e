import type { Transaction } from '@kept/database';
import type { Identity } from '../../identity.ts';
import type { EnrolledFactor } from '../list-factors.ts';
import { nameAuthenticator } from './name-authenticator.ts';

export const PASSKEYS_MAX = 10;

/** Where a passkey's name is sealed. */
export const namePlace = (accountId: string, passkeyId: string) => ({
  subjectId: accountId,
  fieldClass: 'contact' as const,
  table: 'passkey',
  column: 'name',
  rowId: passkeyId,
});

/** A passkey as its owner sees it among the other factors. */
export interface ListedPasskey extends EnrolledFactor {
  readonly name: string;
  readonly lastUsedAt: Date | null;
  readonly inDoubtSince: Date | null;
}

/** The passkeys of an account, the oldest first. */
export async function listPasskeys(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  accountId: string,
): Promise<ListedPasskey[]> {
  const rows = await tx.query<{
    id: string;
    name: Buffer | null;
    aaguid: string;
    created_at: Date;
    last_used_at: Date | null;
    doubted_at: Date | null;
  }>(
    `SELECT id, name, aaguid, created_at, last_used_at, doubted_at FROM passkey
     WHERE account_id = $1 ORDER BY created_at, slot`,
    [accountId],
  );
  return Promise.all(
    rows.map(async ({ id, name, aaguid, ...row }) => ({
      id,
      kind: 'PASSKEY' as const,
      enrolledAt: row.created_at,
      remaining: null,
      name: (await keyring.open(tx, namePlace(accountId, id), name)) ?? nameAuthenticator(aaguid),
      lastUsedAt: row.last_used_at,
      inDoubtSince: row.doubted_at,
    })),
  );
}

/**
 * Whether an account is protected by a passkey, and by one that opens it. One in doubt opens nothing and still protects:
 * whoever made a copy must not have made the second step go away.
 */
export async function passkeyStanding(
  tx: Transaction,
  accountId: string,
): Promise<{ protects: boolean; opens: boolean }> {
  const [row] = await tx.query<{ protects: boolean; opens: boolean }>(
    `SELECT count(*) > 0 AS protects, count(*) FILTER (WHERE doubted_at IS NULL) > 0 AS opens
     FROM passkey WHERE account_id = $1`,
    [accountId],
  );
  return row ?? { protects: false, opens: false };
}

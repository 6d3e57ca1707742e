import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { KnownAccount } from './find-account.ts';

/** What somebody may do now, and until when at the latest: null when nothing ends by itself. */
export interface EffectiveRoles {
  readonly roles: readonly Role[];
  readonly until: Date | null;
}

/**
 * The roles of an account at this moment: those it has for good, and those it has for hours while they run. `until` is when
 * the first of them, or the account itself (a vendor's), ends; tokens end no later (A51).
 */
export async function effectiveRoles(
  tx: Transaction,
  account: Pick<KnownAccount, 'id' | 'kind' | 'roles'>,
  now: Date,
): Promise<EffectiveRoles> {
  if (account.kind === 'CLIENT') return { roles: account.roles, until: null };
  const rows = await tx.query<{ role: Role | null; until: Date }>(
    `SELECT role, until FROM time_boxed_role
     WHERE account_id = $1 AND state = 'APPROVED' AND ended_at IS NULL AND until > $2
     UNION ALL SELECT NULL, ends_at FROM account WHERE id = $1 AND ends_at IS NOT NULL`,
    [account.id, now],
  );
  const added = rows.flatMap(({ role }) => role ?? []);
  const until = rows.reduce<Date | null>(
    (first, row) => (first === null || row.until < first ? row.until : first),
    null,
  );
  return { roles: [...new Set([...account.roles, ...added])], until };
}

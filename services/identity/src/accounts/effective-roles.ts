import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { dependantsOf } from '../guardianship/guardianship.ts';
import type { KnownAccount } from './find-account.ts';

/** What somebody may do now, for whom and where, and until when at the latest: null when nothing ends by itself. */
export interface EffectiveRoles {
  readonly roles: readonly Role[];
  readonly until: Date | null;
  /** Clients without an account of their own for whom this client answers. */
  readonly dependants: readonly string[];
  /** The places that the roles are limited to; null: all of them. */
  readonly locations: readonly string[] | null;
}

interface Part {
  readonly role: Role | null;
  readonly until: Date | null;
  readonly granted: boolean;
  readonly location_id: string | null;
}

/**
 * The roles of an account at this moment: those it has for good, and those it has for hours while they run. `until` is when
 * the first of them, or the account itself (a vendor's), ends; tokens end no later (A51). A client's end with the first
 * guardianship that does.
 */
export async function effectiveRoles(
  tx: Transaction,
  account: Pick<KnownAccount, 'id' | 'kind' | 'roles'>,
  now: Date,
): Promise<EffectiveRoles> {
  if (account.kind === 'CLIENT') {
    const answersFor = await dependantsOf(tx, account.id, now);
    const ends = answersFor.flatMap(({ endsAt }) => endsAt ?? []);
    return {
      roles: account.roles,
      until: first(ends),
      dependants: answersFor.map(({ dependantId }) => dependantId),
      locations: null,
    };
  }
  const parts = await tx.query<Part>(
    `SELECT role, until, false AS granted, NULL::uuid AS location_id FROM time_boxed_role
     WHERE account_id = $1 AND state = 'APPROVED' AND ended_at IS NULL AND until > $2
     UNION ALL SELECT NULL, ends_at, false, NULL FROM account WHERE id = $1 AND ends_at IS NOT NULL
     UNION ALL SELECT NULL, NULL, true, location_id FROM role_grant WHERE account_id = $1 AND ended_at IS NULL`,
    [account.id, now],
  );
  return {
    roles: [...new Set([...account.roles, ...parts.flatMap(({ role }) => role ?? [])])],
    until: first(parts.flatMap(({ until }) => until ?? [])),
    dependants: [],
    locations: placesOf(parts),
  };
}

const first = (ends: readonly Date[]): Date | null =>
  ends.reduce<Date | null>((earliest, end) => (earliest === null || end < earliest ? end : earliest), null);

// Whoever was entered by the operator was granted nothing and is limited to nothing; one grant for everywhere is for everywhere.
function placesOf(parts: readonly Part[]): readonly string[] | null {
  const granted = parts.filter((part) => part.granted);
  if (granted.length === 0 || granted.some(({ location_id: place }) => place === null)) return null;
  return [...new Set(granted.flatMap(({ location_id: place }) => place ?? []))].sort();
}

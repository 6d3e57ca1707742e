import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { Account, AccountState } from '../../accounts/account.ts';
import { contactPlace } from '../../accounts/contact.ts';
import type { Identity } from '../../identity.ts';
import { isOfPlaces } from '../places-of-people.ts';
import { readGrants, type RoleGrant } from './role-grants.ts';

/** An account of staff or of a program, as those see it who answer for it. */
export interface StaffAccount extends Pick<
  Account,
  | 'id'
  | 'suspendedBecause'
  | 'employment'
  | 'sponsorId'
  | 'ownerId'
  | 'endsAt'
  | 'dpaReference'
  | 'lastActiveAt'
> {
  readonly kind: 'STAFF' | 'SERVICE';
  readonly state: Exclude<AccountState, 'ERASED'>;
  readonly roles: readonly Role[];
  readonly grants: readonly RoleGrant[];
  readonly serviceName: string | null;
  readonly dormantSince: Date | null;
  readonly hasSecondFactor: boolean;
}

export interface StaffFilter {
  readonly states?: readonly StaffAccount['state'][] | undefined;
  readonly vendorsOnly?: boolean;
  readonly dormantOnly?: boolean;
  /** Only people of these places; null: of all. */
  readonly places: readonly string[] | null;
  readonly after?: string | undefined;
  readonly first: number;
}

type Row = Omit<StaffAccount, 'grants' | 'serviceName'> & { display_name: Buffer | null };

const READ = `SELECT a.id, a.kind, a.state, a.roles, a.suspended_because AS "suspendedBecause", a.employment,
    a.sponsor_id AS "sponsorId", a.owner_id AS "ownerId", a.ends_at AS "endsAt", a.dpa_reference AS "dpaReference",
    a.last_active_at AS "lastActiveAt", a.display_name,
    CASE WHEN a.dormant_notice_at > a.last_active_at THEN a.dormant_notice_at END AS "dormantSince",
    (EXISTS (SELECT FROM totp_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL)
      OR EXISTS (SELECT FROM passkey k WHERE k.account_id = a.id)) AS "hasSecondFactor"
  FROM account a WHERE a.organization_id = $1 AND a.kind IN ('STAFF', 'SERVICE') AND a.state <> 'ERASED'`;

/** Accounts of staff and programs by id, with what they were given. */
export async function listStaffAccounts(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { states, vendorsOnly = false, dormantOnly = false, places, after, first }: StaffFilter,
): Promise<StaffAccount[]> {
  const rows = await tx.query<Row>(
    `${READ} AND ($2::text[] IS NULL OR a.state = ANY ($2)) AND (NOT $3 OR a.employment = 'VENDOR')
       AND (NOT $4 OR (a.state = 'ACTIVE' AND a.dormant_notice_at > a.last_active_at)
         OR (a.state = 'SUSPENDED' AND a.suspended_because = 'DORMANT'))
       AND ($5::uuid IS NULL OR a.id > $5) AND ${isOfPlaces('a.id', '$7')} ORDER BY a.id LIMIT $6`,
    [tx.organizationId, states ?? null, vendorsOnly, dormantOnly, after ?? null, first, places],
  );
  return complete(identity, tx, rows);
}

/** One account of staff or of a program, or not-found. */
export async function readStaffAccount(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  id: string,
): Promise<StaffAccount> {
  const rows = await tx.query<Row>(`${READ} AND a.id = $2`, [tx.organizationId, id]);
  const [account] = await complete(identity, tx, rows);
  if (!account) throw refused.notFound('staff member');
  return account;
}

async function complete(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  rows: readonly Row[],
): Promise<StaffAccount[]> {
  const grants = await readGrants(
    tx,
    rows.map(({ id }) => id),
  );
  const services = rows.filter(({ kind }) => kind === 'SERVICE');
  const names = await keyring.openMany(
    tx,
    services.map((row) => ({ place: contactPlace(row.id, 'display_name'), envelope: row.display_name })),
  );
  const nameOf = new Map(services.map(({ id }, at) => [id, names[at] ?? null]));
  return rows.map(({ display_name: _sealed, ...row }) => ({
    ...row,
    serviceName: nameOf.get(row.id) ?? null,
    grants: grants.filter(({ accountId }) => accountId === row.id),
  }));
}

import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { readId, type Responsible } from '../stepped-up.ts';

const LOCATIONS_MAX = 50;

/** A role somebody has for good, and how they came by it. */
export interface RoleGrant {
  readonly accountId: string;
  readonly role: Role;
  readonly locationId: string | null;
  readonly grantedBy: string;
  readonly grantedAt: Date;
}

/** The places roles are meant for; `[null]` for all of them. They are scheduling's: here they are kept and shown. */
export function readLocations(ids: readonly string[]): readonly (string | null)[] {
  if (ids.length > LOCATIONS_MAX)
    throw refused.badInput(`Name at most ${LOCATIONS_MAX} places.`, { field: 'locationIds' });
  return ids.length === 0 ? [null] : [...new Set(ids.map((id) => readId(id, 'location')))];
}

/** Whether somebody has their roles in these places; whoever was granted none has theirs everywhere. */
export function isSame(locations: readonly (string | null)[], grants: readonly RoleGrant[]): boolean {
  const present = new Set(grants.length === 0 ? [null] : grants.map(({ locationId }) => locationId));
  return present.size === locations.length && locations.every((place) => present.has(place));
}

/** Whoever watches over the business watches over all of it: a limit would be the way to look away. */
export function demandOfTheWhole(roles: readonly Role[], locations: readonly (string | null)[]): void {
  if (!roles.includes('COMPLIANCE') || locations.every((place) => place === null)) return;
  throw refused.badInput('COMPLIANCE is for the whole business: leave the places out.', {
    field: 'locationIds',
  });
}

/** Writes down who gives whom what. What was given before and is not among it ends. */
export async function grantRoles(
  tx: Transaction,
  given: {
    accountId: string;
    roles: readonly Role[];
    locations: readonly (string | null)[];
    by: Pick<Responsible, 'accountId' | 'now'>;
  },
): Promise<void> {
  const { accountId, roles, locations, by } = given;
  const wanted = roles.flatMap((role) => locations.map((locationId) => ({ role, locationId })));
  const present = await tx.query<{ id: string; role: Role; location_id: string | null }>(
    'SELECT id, role, location_id FROM role_grant WHERE account_id = $1 AND ended_at IS NULL FOR UPDATE',
    [accountId],
  );
  const over = present.filter(
    (grant) =>
      !wanted.some(({ role, locationId }) => role === grant.role && locationId === grant.location_id),
  );
  await endGrants(
    tx,
    over.map(({ id }) => id),
    by,
  );
  const added = wanted.filter(
    ({ role, locationId }) =>
      !present.some((grant) => grant.role === role && grant.location_id === locationId),
  );
  for (const { role, locationId } of added) {
    await tx.query(
      `INSERT INTO role_grant (id, organization_id, account_id, role, location_id, granted_by, granted_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [randomUUID(), tx.organizationId, accountId, role, locationId, by.accountId, by.now],
    );
  }
  // Scheduling looks after whose hours are said by which branch. Told although nothing changed: whoever gave the places before
  // scheduling listened gives the same ones again.
  const locationIds = locations.flatMap((place) => place ?? []);
  await publish(tx, 'staff.placed', {
    staffMemberId: accountId,
    locationIds: locationIds.length === 0 ? null : locationIds,
  });
}

async function endGrants(
  tx: Transaction,
  ids: readonly string[],
  by: Pick<Responsible, 'accountId' | 'now'>,
): Promise<void> {
  await tx.query('UPDATE role_grant SET ended_at = $2, ended_by = $3 WHERE id = ANY ($1::uuid[])', [
    ids,
    by.now,
    by.accountId,
  ]);
}

/** What these accounts were given and still have. */
export async function readGrants(tx: Transaction, accountIds: readonly string[]): Promise<RoleGrant[]> {
  return tx.query<RoleGrant>(
    `SELECT account_id AS "accountId", role, location_id AS "locationId", granted_by AS "grantedBy",
       granted_at AS "grantedAt"
     FROM role_grant WHERE account_id = ANY ($1::uuid[]) AND ended_at IS NULL ORDER BY granted_at, id`,
    [accountIds],
  );
}

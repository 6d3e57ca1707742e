import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';

type Limited = Pick<Caller, 'locations'>;

/**
 * What a manager of some places may ask of what is otherwise for those who look after everybody: about the people of these places,
 * who have no role anywhere else. Everything else here is of the whole business, and closed (0047).
 */
export const WITHIN_PLACES = [
  'Query.staffAccounts',
  'Query.dormantAccounts',
  'Query.staffInvitations',
  'Query.staffSessions',
  'Mutation.inviteStaff',
  'Mutation.resendInvitation',
  'Mutation.withdrawInvitation',
  'Mutation.changeStaffRoles',
  'Mutation.suspendStaff',
  'Mutation.reinstateStaff',
  'Mutation.decideTimeBoxedRole',
  'Mutation.endStaffSession',
  'Mutation.staffFactorsRemove',
] as const;

/**
 * SQL: whether somebody has all their roles in some places. Who has one everywhere, or was entered by the operator, is beyond whoever
 * is limited. `places` is the parameter with `Caller.locations`; null reaches everybody.
 */
export const isOfPlaces = (accountId: string, places: string): string =>
  `(${places}::uuid[] IS NULL OR COALESCE((SELECT bool_and(g.location_id IS NOT NULL AND g.location_id = ANY (${places}))
     FROM role_grant g WHERE g.account_id = ${accountId} AND g.ended_at IS NULL), false))`;

/** Whoever is limited to places has nothing to do with people of others: they do not exist. */
export async function demandTheirPerson(
  tx: Transaction,
  { locations }: Limited,
  accountId: string,
): Promise<void> {
  if (locations === null) return;
  const found = await tx.query(`SELECT 1 FROM account a WHERE a.id = $1 AND ${isOfPlaces('a.id', '$2')}`, [
    accountId,
    locations,
  ]);
  if (found.length === 0) throw refused.notFound('staff member');
}

/** Nobody gives a role somewhere else than where they have theirs, nor everywhere. */
export function demandGivenWithin({ locations }: Limited, given: readonly (string | null)[]): void {
  if (locations === null || given.every((place) => place !== null && locations.includes(place))) return;
  throw refused.badInput('Name places that your own role is for.', { field: 'locationIds' });
}

import { sqlCondition, type Ability } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import type { Resource } from './resource.ts';

/** Rooms or devices that can take each other's place, as the graph shows them. */
export interface ResourceGroup {
  readonly id: string;
  readonly name: string;
  readonly members: Resource[];
  readonly version: number;
}

const GROUPS_MAX = 200;

/** Groups by name, all of them or one: one query with those of their members that the caller may know of. */
export function readGroups(
  tx: Transaction,
  { ability, id = null }: { ability?: Ability; id?: string | null } = {},
): Promise<ResourceGroup[]> {
  const place = { alias: 'r', columns: { locationId: 'location_id' }, offset: 1 };
  const allowed = ability
    ? sqlCondition(ability, 'read', 'Resource', place)
    : { sql: 'true', parameters: [] };
  return tx.query<ResourceGroup>(
    `SELECT g.id, g.name, g.version,
       (SELECT COALESCE(json_agg(json_build_object('id', r.id, 'kind', r.kind, 'name', COALESCE(r.name, ''), 'capacity', r.capacity,
          'locationId', r.location_id, 'version', r.version) ORDER BY r.name, r.id), '[]')
        FROM resource_group_member m JOIN resource r ON r.id = m.resource_id WHERE m.group_id = g.id AND ${allowed.sql}) AS members
     FROM resource_group g WHERE $1::uuid IS NULL OR g.id = $1 ORDER BY g.name, g.id LIMIT ${GROUPS_MAX}`,
    [id, ...allowed.parameters],
  );
}

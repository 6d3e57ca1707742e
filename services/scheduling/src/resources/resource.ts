import { sqlCondition, type Ability, type Relations } from '@kept/access-policy';
import type { Transaction } from '@kept/database';

/** A room or a device, or a pool of equal ones, as the graph shows it. */
export interface Resource {
  readonly id: string;
  readonly kind: 'ROOM' | 'EQUIPMENT';
  readonly name: string;
  readonly capacity: number | null;
  readonly locationId: string | null;
  readonly version: number;
}

/** Roles that are limited to places reach no room or device of others, and none that is of no place (0035). */
export const resourceRelations: Relations = {
  Resource: {
    WITHIN: ({ locations }) => (locations === null ? undefined : { locationId: { $in: locations } }),
  },
};

const RESOURCES_MAX = 500;
const RESOURCE = `SELECT r.id, r.kind, COALESCE(r.name, '') AS name, r.capacity, r.location_id AS "locationId", r.version FROM resource r
WHERE r.kind <> 'STAFF'`;

/** The rooms and devices that are used, by name; those of their places for whoever is limited to some. */
export function listResources(tx: Transaction, ability: Ability): Promise<Resource[]> {
  const allowed = sqlCondition(ability, 'read', 'Resource', {
    alias: 'r',
    columns: { locationId: 'location_id' },
  });
  return tx.query<Resource>(
    `${RESOURCE} AND r.active AND ${allowed.sql} ORDER BY r.name, r.id LIMIT ${RESOURCES_MAX}`,
    allowed.parameters,
  );
}

/** Rooms and devices by id; locked, in one order, when something is to follow from them. */
export function findResources(tx: Transaction, ids: readonly string[], lock = false): Promise<Resource[]> {
  return tx.query<Resource>(
    `${RESOURCE} AND r.id = ANY ($1::uuid[]) ORDER BY r.id${lock ? ' FOR NO KEY UPDATE' : ''}`,
    [ids],
  );
}

export interface NotEnoughResources {
  __typename: 'NotEnoughResources';
  message: string;
  available: number;
}

export function notEnough(available: number, needed: number): NotEnoughResources {
  return {
    __typename: 'NotEnoughResources',
    message: `A service would need ${needed}, and there would be ${available}. Please change what it needs first.`,
    available,
  };
}

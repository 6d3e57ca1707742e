import { randomUUID } from 'node:crypto';
import { mayRead } from '@kept/access-policy';
import { constraintOf, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import type { CreateResourceInput } from '../schema-types.ts';
import { readName } from '../services/read-service-terms.ts';
import { findResources, type Resource } from './resource.ts';
import { saveOnce } from './save-once.ts';

export interface ResourceSaved {
  __typename: 'ResourceSaved';
  resource: Resource;
}

/** Adds a room or a device. Without a capacity it is booked as such; with one it is a pool, and its things are counted. */
export function createResource(context: SchedulingContext, input: CreateResourceInput) {
  const { kind } = input;
  if (kind === 'STAFF') {
    throw refused.badInput('Staff are invited, and can be booked as soon as they are providers.', {
      field: 'kind',
    });
  }
  const request = {
    kind,
    name: readName(input.name),
    capacity: readCapacity(input.capacity),
    locationId: input.locationId == null ? null : readId(input.locationId, 'locationId'),
  };
  // Whoever is limited to places adds nothing elsewhere, and nothing that is of no place.
  if (!mayRead(context.ability, 'Resource', request)) throw refused.notFound('location');
  return saveOnce(context, {
    offered: 'Resource',
    operation: 'createResource',
    action: 'resource_created',
    key: input.idempotencyKey,
    request,
    write: async (tx) => {
      const id = randomUUID();
      try {
        await tx.query(
          `INSERT INTO resource (id, organization_id, kind, name, capacity, location_id) VALUES ($1, $2, $3, $4, $5, $6)`,
          [id, tx.organizationId, kind, request.name, request.capacity, request.locationId],
        );
      } catch (error) {
        if (constraintOf(error) === 'resource_stands_in_our_location') throw refused.notFound('location');
        throw error;
      }
      return id;
    },
    show: showResource,
  });
}

export async function showResource(tx: Transaction, id: string): Promise<ResourceSaved> {
  const [resource] = await findResources(tx, [id]);
  invariant(resource, 'resources are never deleted');
  return { __typename: 'ResourceSaved', resource };
}

/** How many equal things a pool is; null for what is booked as such. */
export const readCapacity = (value: number | null | undefined): number | null =>
  value == null ? null : readCount(value, { field: 'capacity', min: 2, max: 1000 });

import { mayRead } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { UpdateResourceInput } from '../schema-types.ts';
import { offerChanged } from '../services/change-service.ts';
import { readName } from '../services/read-service-terms.ts';
import { readCapacity, showResource, type ResourceSaved } from './create-resource.ts';
import { findResources, notEnough, type NotEnoughResources } from './resource.ts';
import { saveOnce } from './save-once.ts';

/**
 * Changes a room or a device. Given up, it is booked no more, and bookings that exist keep it. A pool stays a pool: what is
 * counted and what stands in the arbiter are two ways of keeping books.
 */
export function updateResource(context: SchedulingContext, input: UpdateResourceInput) {
  const id = readId(input.resourceId, 'resourceId');
  const { expectedVersion, active = null } = input;
  const name = input.name == null ? null : readName(input.name);
  const capacity = readCapacity(input.capacity);
  return saveOnce<ResourceSaved, NotEnoughResources | VersionConflict>(context, {
    offered: 'Resource',
    operation: 'updateResource',
    action: 'resource_updated',
    key: input.idempotencyKey,
    request: { id, expectedVersion, name, capacity, active },
    write: async (tx, notDone) => {
      const [resource] = await findResources(tx, [id], true);
      if (resource === undefined || !mayRead(context.ability, 'Resource', resource))
        throw refused.notFound('resource');
      if (resource.version !== expectedVersion) throw notDone(offerChanged(resource.version));
      if (capacity !== null) {
        if (resource.capacity === null) {
          throw refused.badInput('This is not a pool: it is booked as such.', { field: 'capacity' });
        }
        const needed = await mostNeeded(tx, id);
        if (needed > capacity) throw notDone(notEnough(capacity, needed));
      }
      await tx.query(
        `UPDATE resource SET version = version + 1, name = COALESCE($2, name), capacity = COALESCE($3, capacity),
           active = COALESCE($4, active) WHERE id = $1`,
        [id, name, capacity, active],
      );
      return id;
    },
    show: showResource,
  });
}

async function mostNeeded(tx: Transaction, resourceId: string): Promise<number> {
  const [row] = await tx.query<{ needed: number | null }>(
    'SELECT max(needed)::int AS needed FROM resource_requirement WHERE resource_id = $1',
    [resourceId],
  );
  return row?.needed ?? 0;
}

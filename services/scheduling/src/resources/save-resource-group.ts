import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import type { VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { CreateResourceGroupInput, UpdateResourceGroupInput } from '../schema-types.ts';
import { offerChanged } from '../services/change-service.ts';
import { readIds, readName } from '../services/read-service-terms.ts';
import { findResources, notEnough, type NotEnoughResources } from './resource.ts';
import { readGroups, type ResourceGroup } from './resource-group.ts';
import { saveOnce } from './save-once.ts';

interface ResourceGroupSaved {
  __typename: 'ResourceGroupSaved';
  group: ResourceGroup;
}

/** Groups rooms or devices that can take each other's place. */
export function createResourceGroup(context: SchedulingContext, input: CreateResourceGroupInput) {
  const asked = readGroup(input);
  return saveOnce<ResourceGroupSaved>(context, {
    offered: 'ResourceGroup',
    operation: 'createResourceGroup',
    action: 'resource_group_created',
    key: input.idempotencyKey,
    request: asked,
    write: async (tx) => {
      const id = randomUUID();
      await tx.query(
        'INSERT INTO resource_group (id, organization_id, name, version, created_at) VALUES ($1, $2, $3, 1, $4)',
        [id, tx.organizationId, asked.name, context.clock()],
      );
      await setMembers(tx, id, asked.memberIds);
      return id;
    },
    show: showGroup,
  });
}

/** Replaces a group's name and members. It cannot become smaller than what a service needs of it. */
export function updateResourceGroup(context: SchedulingContext, input: UpdateResourceGroupInput) {
  const id = readId(input.groupId, 'groupId');
  const { expectedVersion } = input;
  const asked = readGroup(input);
  return saveOnce<ResourceGroupSaved, NotEnoughResources | VersionConflict>(context, {
    offered: 'ResourceGroup',
    operation: 'updateResourceGroup',
    action: 'resource_group_updated',
    key: input.idempotencyKey,
    request: { id, expectedVersion, ...asked },
    write: async (tx, notDone) => {
      const [group] = await tx.query<{ version: number; needed: number | null }>(
        `SELECT version, (SELECT max(needed)::int FROM resource_requirement WHERE group_id = g.id) AS needed
         FROM resource_group g WHERE id = $1 FOR UPDATE`,
        [id],
      );
      if (group === undefined) throw refused.notFound('group');
      if (group.version !== expectedVersion) throw notDone(offerChanged(group.version));
      const { length } = asked.memberIds;
      if (group.needed !== null && group.needed > length) throw notDone(notEnough(length, group.needed));
      await tx.query('UPDATE resource_group SET version = version + 1, name = $2 WHERE id = $1', [
        id,
        asked.name,
      ]);
      await setMembers(tx, id, asked.memberIds);
      return id;
    },
    show: showGroup,
  });
}

function readGroup(input: { name: string; memberIds: readonly string[] }): {
  name: string;
  memberIds: string[];
} {
  const memberIds = readIds(input.memberIds, { field: 'memberIds', countMax: 200 });
  if (memberIds.length === 0) {
    throw refused.badInput('Please name at least one room or device.', { field: 'memberIds' });
  }
  return { name: readName(input.name), memberIds };
}

async function setMembers(tx: Transaction, groupId: string, memberIds: readonly string[]): Promise<void> {
  const members = await findResources(tx, memberIds);
  if (members.length < memberIds.length) throw refused.notFound('resource');
  if (members.some(({ capacity }) => capacity !== null)) {
    throw refused.badInput('A pool is counted as such and stands in no group.', { field: 'memberIds' });
  }
  await tx.query(
    'DELETE FROM resource_group_member WHERE group_id = $1 AND resource_id <> ALL ($2::uuid[])',
    [groupId, memberIds],
  );
  await tx.query(
    `INSERT INTO resource_group_member (organization_id, group_id, resource_id)
     SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT (group_id, resource_id) DO NOTHING`,
    [tx.organizationId, groupId, memberIds],
  );
}

async function showGroup(tx: Transaction, id: string): Promise<ResourceGroupSaved> {
  const [group] = await readGroups(tx, { id });
  invariant(group, 'groups are never deleted');
  return { __typename: 'ResourceGroupSaved', group };
}

import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import type { ResourceRequirementInput, SetResourceRequirementsInput } from '../schema-types.ts';
import { changeService } from '../services/change-service.ts';
import { notEnough, type NotEnoughResources } from './resource.ts';

interface Requirement {
  readonly groupId: string | null;
  readonly resourceId: string | null;
  readonly required: number | null;
}

const REQUIREMENTS_MAX = 20;

/** Says what a service needs beside its providers. Bookings that exist keep what they have. */
export function setResourceRequirements(context: SchedulingContext, input: SetResourceRequirementsInput) {
  if (input.requirements.length > REQUIREMENTS_MAX) {
    throw refused.badInput(`A service needs at most ${REQUIREMENTS_MAX} things.`, { field: 'requirements' });
  }
  const requirements = input.requirements.map(readRequirement);
  const named = requirements.map(({ groupId, resourceId }) => groupId ?? resourceId);
  if (new Set(named).size < named.length) {
    throw refused.badInput('Each group or resource can be named once.', { field: 'requirements' });
  }
  return changeService<NotEnoughResources>(context, {
    operation: 'setResourceRequirements',
    action: 'resource_requirements_set',
    input,
    request: requirements,
    apply: async (tx, service, notDone) => {
      for (const requirement of requirements) {
        const available = await countAvailable(tx, requirement);
        const { required } = requirement;
        if (required !== null && required > available) throw notDone(notEnough(available, required));
      }
      await tx.query('DELETE FROM resource_requirement WHERE service_id = $1', [service.id]);
      await tx.query(
        `INSERT INTO resource_requirement (id, organization_id, service_id, group_id, resource_id, needed)
         SELECT gen_random_uuid(), $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::int[])`,
        [
          tx.organizationId,
          service.id,
          requirements.map(({ groupId }) => groupId),
          requirements.map(({ resourceId }) => resourceId),
          requirements.map(({ required }) => required),
        ],
      );
    },
  });
}

function readRequirement(input: ResourceRequirementInput): Requirement {
  const groupId = input.groupId == null ? null : readId(input.groupId, 'groupId');
  const resourceId = input.resourceId == null ? null : readId(input.resourceId, 'resourceId');
  if ((groupId === null) === (resourceId === null)) {
    throw refused.badInput('Please name either a group or a resource.', { field: 'requirements' });
  }
  const { required } = input;
  return {
    groupId,
    resourceId,
    required: required == null ? null : readCount(required, { field: 'required', min: 1, max: 50 }),
  };
}

/** How many there are, locked so that nobody takes one away meanwhile. */
async function countAvailable(tx: Transaction, { groupId, resourceId }: Requirement): Promise<number> {
  const rows =
    groupId === null
      ? await tx.query<{ available: number }>(
          `SELECT COALESCE(capacity, 1) AS available FROM resource
           WHERE id = $1 AND kind <> 'STAFF' AND active FOR NO KEY UPDATE`,
          [resourceId],
        )
      : await tx.query<{ available: number }>(
          `SELECT (SELECT count(*)::int FROM resource_group_member m WHERE m.group_id = g.id) AS available
           FROM resource_group g WHERE id = $1 FOR NO KEY UPDATE`,
          [groupId],
        );
  const [row] = rows;
  if (row === undefined) throw refused.notFound(groupId === null ? 'resource' : 'group');
  return row.available;
}

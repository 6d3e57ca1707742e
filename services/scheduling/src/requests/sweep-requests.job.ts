import { defineJob, handler, type Handler } from '@kept/jobs';
import type { Scheduling } from '../scheduling.ts';

/** Forgets proofs that could not be sent again anyway: their challenges ended long ago. */
export const sweepRequests = defineJob({ name: 'sweep-requests', attempts: 1 });

const DAY_MS = 24 * 3_600_000;

export const sweepRequestsHandler = (scheduling: Scheduling): Handler =>
  handler(sweepRequests, () =>
    scheduling.database.forEachOrganization(sweepRequests.name, async (tx) => {
      await tx.query('DELETE FROM spent_proof WHERE organization_id = $1 AND spent_at < $2', [
        tx.organizationId,
        new Date(scheduling.clock().getTime() - DAY_MS),
      ]);
    }),
  );

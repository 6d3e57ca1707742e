import { constraintOf } from '@kept/database';
import { defineJob } from '@kept/jobs';
import type { Identity } from '../../identity.ts';
import { beginOffboarding, BY_ITSELF } from './offboard-staff.ts';

/** Begins the offboardings whose time has come. One attempt: the next run comes by itself. */
export const runOffboardings = defineJob<Record<string, never>>({
  name: 'run-offboardings',
  attempts: 1,
  timeoutMs: 60_000,
});

const BATCH = 100;

/** Each in a transaction of its own: one that cannot be, of the last manager, keeps nobody else's from beginning. */
export async function runDueOffboardings({ database, clock }: Identity): Promise<void> {
  const due: { organizationId: string; id: string }[] = [];
  await database.forEachOrganization('find due offboardings', async (tx) => {
    const rows = await tx.query<{ id: string; organization_id: string }>(
      `SELECT id, organization_id FROM offboarding WHERE state = 'SCHEDULED' AND due_at <= $1 ORDER BY due_at LIMIT ${BATCH}`,
      [clock()],
    );
    due.push(...rows.map((row) => ({ organizationId: row.organization_id, id: row.id })));
  });
  for (const { organizationId, id } of due) {
    try {
      await database.transaction(organizationId, (tx) =>
        beginOffboarding(tx, { id, caller: BY_ITSELF, now: clock() }),
      );
    } catch (error) {
      if (constraintOf(error) !== 'one_manager_remains') throw error;
    }
  }
}

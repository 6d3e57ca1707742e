import { defineJob } from '@kept/jobs';
import type { Identity } from '../identity.ts';
import { endIdleSessions } from './end-idle-sessions.ts';

/** Ends what nobody used in time. One attempt: the next run comes by itself. */
export const sweepSessions = defineJob<Record<string, never>>({
  name: 'end-idle-sessions',
  attempts: 1,
  timeoutMs: 60_000,
});

/** Goes through every organization. */
export const sweepIdleSessions = async ({
  database,
  clock,
}: Pick<Identity, 'database' | 'clock'>): Promise<void> => {
  await database.forEachOrganization('end-idle-sessions', async (tx) => {
    await endIdleSessions(tx, { now: clock() });
  });
};

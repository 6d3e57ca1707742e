import { defineJob, handler, type Handler } from '@kept/jobs';
import { purgeExpired, type TableDeclaration } from '@kept/personal-data';
import type { Scheduling } from '../scheduling.ts';
import { byItself } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';

/** Removes what has run its time, as the declarations of the columns say; each removal leaves evidence. */
export const purgeJob = defineJob({ name: 'purge-expired', attempts: 1, timeoutMs: 10 * 60_000 });

export function purgeHandler(scheduling: Scheduling, declarations: readonly TableDeclaration[]): Handler {
  const { database, keyring, clock } = scheduling;
  return handler(purgeJob, async (_data, { signal }) => {
    await purgeExpired({
      database,
      keyring,
      clock,
      declarations,
      service: 'scheduling',
      signal,
      publishEvidence: (tx, { table, rule, then, count, expiredSince }) =>
        recordChange(tx, {
          actor: byItself(purgeJob.name),
          action: 'retention_purged',
          subject: { type: table, id: null },
          at: clock(),
          details: { table, rule, then, count: String(count), expiredSince: expiredSince.toISOString() },
        }),
    });
  });
}

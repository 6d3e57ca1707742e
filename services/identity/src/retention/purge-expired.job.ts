import { publish } from '@kept/events';
import { defineJob } from '@kept/jobs';
import { purgeExpired, type PurgeReport } from '@kept/personal-data';
import { identityDeclarations } from '../database.ts';
import type { Identity } from '../identity.ts';

/** Removes what has run its time. One attempt: the next run comes by itself. */
export const purge = defineJob<Record<string, never>>({
  name: 'purge-expired',
  attempts: 1,
  timeoutMs: 300_000,
});

/** Applies the retention rules of every column, and publishes evidence of each removal in its own transaction. */
export function purgeIdentity(
  { database, keyring, clock }: Identity,
  { signal }: { signal?: AbortSignal } = {},
): Promise<PurgeReport> {
  return purgeExpired({
    database,
    declarations: identityDeclarations,
    keyring,
    clock,
    service: 'identity',
    ...(signal && { signal }),
    publishEvidence: async (tx, { table, rule, then, count, keysDestroyed, expiredSince }) => {
      await publish(tx, 'audit.recorded', {
        action: 'retention_purged',
        actor: { kind: 'SERVICE', id: 'identity' },
        subject: { type: 'Table', id: table },
        occurredAt: `${clock().getTime()}000`,
        requestId: null,
        outcome: 'success',
        details: {
          service: 'identity',
          table,
          rule,
          then,
          count: String(count),
          keysDestroyed: String(keysDestroyed),
          expiredSince: expiredSince.toISOString(),
        },
      });
    },
  });
}

import { randomUUID } from 'node:crypto';
import type { Database } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';
import { defineJob, handler } from '@kept/jobs';
import type { Handler } from '@kept/jobs';
import { purgeExpired } from '@kept/personal-data';
import type { PurgeReport } from '@kept/personal-data';
import type { Clock, Logger } from '@kept/subgraph-kit';
import { admitEntry } from '../audit/admit-entry.ts';
import { complianceDeclarations } from '../database.ts';

/** How every service names the removal of expired data in the audit log. */
export const RETENTION_PURGED = 'retention_purged';

export const purgeJob = defineJob({
  name: 'purge-expired',
  attempts: 1,
  timeoutMs: 300_000,
  keepFinished: false,
});

export interface PurgeParts {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  signal?: AbortSignal;
}

/** Removes this service's own data whose time is over; the evidence goes into the log in the same transaction. */
export function purgeOwnData({ database, keyring, clock, signal }: PurgeParts): Promise<PurgeReport> {
  return purgeExpired({
    database,
    keyring,
    clock,
    declarations: complianceDeclarations,
    service: 'compliance',
    ...(signal && { signal }),
    publishEvidence: (tx, { table, rule, then, count, expiredSince }) => {
      const now = clock();
      return admitEntry(tx, {
        id: randomUUID(),
        service: 'compliance',
        now,
        facts: {
          action: RETENTION_PURGED,
          actor: { kind: 'SERVICE', id: null },
          subject: { type: 'Table', id: null },
          occurredAt: now.toISOString().replace('Z', '000Z'),
          requestId: null,
          outcome: 'success',
          details: { table, rule, then, count: String(count), expiredSince: expiredSince.toISOString() },
        },
      });
    },
  });
}

export function purgeHandler(parts: Omit<PurgeParts, 'signal'>, log: Logger): Handler {
  return handler(purgeJob, async (_data, { signal }) => {
    const { removed, held, finished } = await purgeOwnData({ ...parts, signal });
    if (removed > 0 || !finished) log.info({ removed, held, finished }, 'expired data was removed');
  });
}

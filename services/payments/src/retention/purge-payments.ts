import { purgeExpired, type PurgeReport } from '@kept/personal-data';
import { byItself, recordChange } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { paymentsDeclarations } from '../database.ts';
import { retireUnusedMethods } from './retire-unused-methods.ts';

/** Applies the retention rules of every column, and publishes evidence of each removal in its own transaction. */
export async function purgePayments(payments: Payments, signal?: AbortSignal): Promise<PurgeReport> {
  await retireUnusedMethods(payments);
  const { database, keyring, clock } = payments;
  return purgeExpired({
    database,
    declarations: paymentsDeclarations,
    keyring,
    clock,
    service: 'payments',
    ...(signal !== undefined && { signal }),
    publishEvidence: (tx, { table, rule, then, count, keysDestroyed, expiredSince }) =>
      recordChange(tx, {
        actor: byItself('purge-expired'),
        action: 'retention_purged',
        subject: { type: 'Table', id: table },
        at: clock(),
        details: {
          service: 'payments',
          table,
          rule,
          then,
          count: String(count),
          keysDestroyed: String(keysDestroyed),
          expiredSince: expiredSince.toISOString(),
        },
      }),
  });
}

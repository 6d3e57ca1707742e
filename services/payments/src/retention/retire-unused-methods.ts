import { expiredSince } from '@kept/personal-data';
import type { Payments } from '../context.ts';
import { detachMethod } from '../payment-methods/detach-method.ts';
import type { MethodPlace } from '../payment-methods/attach-method.ts';
import { tokensUnused } from './retention-rules.ts';

const METHODS_PER_RUN = 100;

/**
 * Detaches tokens that nobody used for as long as the rule says. Our own copy of the reference goes with the purge that
 * follows, whose rule only takes what is detached: forgetting it first would leave it usable at the processor.
 */
export async function retireUnusedMethods(payments: Payments): Promise<void> {
  const unused: MethodPlace[] = [];
  const since = expiredSince(payments.clock(), tokensUnused.period);
  await payments.database.forEachOrganization('retire-unused-methods', async (tx, organizationId) => {
    const rows = await tx.query<{ id: string }>(
      `SELECT id FROM payment_method WHERE status = 'ACTIVE' AND last_used_at <= $1 ORDER BY last_used_at LIMIT $2`,
      [since, METHODS_PER_RUN],
    );
    unused.push(...rows.map(({ id }) => ({ organizationId, methodId: id })));
  });
  for (const place of unused) {
    if (!(await detachMethod(payments, place))) continue;
    await payments.database.transaction(place.organizationId, (tx) =>
      tx.query(`UPDATE payment_method SET status = 'DELETED' WHERE id = $1 AND last_used_at <= $2`, [
        place.methodId,
        since,
      ]),
    );
  }
}

import { expiredSince } from '@kept/personal-data';
import type { Payments } from '../context.ts';
import { detachMethod } from '../payment-methods/detach-method.ts';
import type { MethodPlace } from '../payment-methods/attach-method.ts';
import { tokensUnused } from './retention-rules.ts';

const METHODS_PER_RUN = 100;

/**
 * Detaches tokens that nobody used for as long as the rule says, also of cards that have expired or were never attached; not
 * those that stand for an appointment to come. They are out of use first, so that nothing is begun with them meanwhile. Our own
 * copy of the reference goes with the purge that follows, whose rule only takes what is detached: forgetting it first would
 * leave it usable at the processor.
 */
export async function retireUnusedMethods(payments: Payments): Promise<void> {
  const unused: MethodPlace[] = [];
  const since = expiredSince(payments.clock(), tokensUnused.period);
  await payments.database.forEachOrganization('retire-unused-methods', async (tx, organizationId) => {
    const rows = await tx.query<{ id: string }>(
      `UPDATE payment_method SET status = 'RETIRING' WHERE id IN (
         SELECT m.id FROM payment_method m
         WHERE m.status IN ('PENDING', 'ACTIVE', 'EXPIRED') AND m.last_used_at <= $1 AND NOT EXISTS (
           SELECT FROM mandate a JOIN booking_reference b ON b.booking_id = a.booking_id
           WHERE a.payment_method_id = m.id AND a.revoked_at IS NULL AND b.outcome IN ('HELD', 'CONFIRMED') AND b.starts_at > $3)
         ORDER BY m.last_used_at LIMIT $2 FOR UPDATE OF m SKIP LOCKED) RETURNING id`,
      [since, METHODS_PER_RUN, payments.clock()],
    );
    unused.push(...rows.map(({ id }) => ({ organizationId, methodId: id })));
  });
  for (const place of unused) {
    // Whatever the processor does not answer about is detached by the sweep.
    if (!(await detachMethod(payments, place))) continue;
    await payments.database.transaction(place.organizationId, (tx) =>
      tx.query(`UPDATE payment_method SET status = 'DELETED' WHERE id = $1 AND status = 'RETIRING'`, [
        place.methodId,
      ]),
    );
  }
}

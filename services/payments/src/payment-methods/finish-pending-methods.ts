import type { Payments } from '../context.ts';
import { attachMethod, type MethodPlace } from './attach-method.ts';

const AFTER_MS = 10 * 60_000;
const METHODS_PER_RUN = 100;

/** A process that died between writing a payment method down and attaching it leaves it to this. */
export async function finishPendingMethods(payments: Payments): Promise<void> {
  const pending: MethodPlace[] = [];
  await payments.database.forEachOrganization('finish-pending-methods', async (tx, organizationId) => {
    const rows = await tx.query<{ id: string }>(
      `SELECT id FROM payment_method WHERE status = 'PENDING' AND created_at <= $1 ORDER BY created_at LIMIT $2`,
      [new Date(payments.clock().getTime() - AFTER_MS), METHODS_PER_RUN],
    );
    pending.push(...rows.map(({ id }) => ({ organizationId, methodId: id })));
  });
  for (const place of pending) await attachMethod(payments, place);
}

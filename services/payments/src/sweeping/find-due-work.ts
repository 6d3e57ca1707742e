import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import { SENDING_MS } from '../operations/begin-op.ts';
import type { OpPlace } from '../operations/send-op.ts';
import type { MethodPlace } from '../payment-methods/attach-method.ts';

const PER_ORGANIZATION_MAX = 200;
/** A process that died between writing a payment method down and attaching it leaves it to the sweep after this long. */
const ATTACHING_MS = 10 * 60_000;

export interface DueWork {
  /** Operations whose outcome is to be looked up. */
  ops: OpPlace[];
  /** Payments whose booking may ask something of them. */
  payments: { organizationId: string; paymentId: string }[];
  /** Payment methods that were begun and not finished. */
  methods: MethodPlace[];
}

/** What the rows say is due, whatever became of the jobs; one short transaction per organization. */
export async function findDueWork(payments: Payments): Promise<DueWork> {
  const due: DueWork = { ops: [], payments: [], methods: [] };
  await payments.database.forEachOrganization('sweep-payments', async (tx, organizationId) => {
    const now = payments.clock();
    const ids = async (sql: string, parameters: unknown[]) =>
      (await tx.query<{ id: string }>(sql, parameters)).map(({ id }) => id);
    for (const opId of await claimDueOps(tx, now)) due.ops.push({ organizationId, opId });
    const toSettle = 'SELECT id FROM payment WHERE settle_due_at <= $1 ORDER BY settle_due_at LIMIT $2';
    for (const paymentId of await ids(toSettle, [now, PER_ORGANIZATION_MAX])) {
      due.payments.push({ organizationId, paymentId });
    }
    const pending = `SELECT id FROM payment_method WHERE status = 'PENDING' AND created_at <= $1 LIMIT $2`;
    const since = new Date(now.getTime() - ATTACHING_MS);
    for (const methodId of await ids(pending, [since, PER_ORGANIZATION_MAX])) {
      due.methods.push({ organizationId, methodId });
    }
  });
  return due;
}

/** The next check moves on at once, so that two sweeps do not look after the same operation. */
async function claimDueOps(tx: Transaction, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE payment_op SET next_check_at = $2
     WHERE id IN (SELECT id FROM payment_op WHERE state IN ('REQUESTED', 'UNKNOWN') AND next_check_at <= $1
                  ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [now, new Date(now.getTime() + SENDING_MS), PER_ORGANIZATION_MAX],
  );
  return rows.map(({ id }) => id);
}

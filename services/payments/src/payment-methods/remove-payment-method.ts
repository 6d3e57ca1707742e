import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { RemovePaymentMethodInput } from '../schema-types.ts';
import { detachMethod } from './detach-method.ts';
import { lockClient } from './lock-client.ts';
import { PaymentMethod } from './payment-method.ts';

/** Removes a payment method; what stays is brand and last four digits, for the history of payments and refunds. */
export async function removePaymentMethod(
  context: PaymentsContext,
  { paymentMethodId: methodId, idempotencyKey: key }: RemovePaymentMethodInput,
): Promise<'REMOVED' | 'IN_USE' | 'CONFLICT'> {
  const { payments, ability } = context;
  const { organizationId, accountId } = askingAccount(context);
  let asked: { methodId: string } | { inUse: true };
  try {
    asked = await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      const operation = 'removePaymentMethod';
      return onceByKey<typeof asked>(
        tx,
        { actor: accountId, operation, key, request: { methodId } },
        async () => {
          const method = await ifUuid(methodId, () => tx.manager.findOneBy(PaymentMethod, { id: methodId }));
          if (method === null || !may(ability, 'remove', 'PaymentMethod', method)) {
            throw refused.notFound('payment method');
          }
          await lockClient(tx, { organizationId, clientId: accountId, now: payments.clock() });
          return (await isNeeded(tx, methodId)) ? { inUse: true } : { methodId };
        },
      );
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
  if ('inUse' in asked) return 'IN_USE';
  if (!(await detachMethod(payments, { organizationId, methodId }))) {
    throw refused.unavailable(
      'The payment provider does not answer. Please try again with the same request.',
    );
  }
  await inOrganization(context, async (tx) => {
    const removed = await tx.query(
      `UPDATE payment_method SET status = 'DELETED', processor_reference = NULL, fingerprint_index = NULL
       WHERE id = $1 AND status <> 'DELETED' RETURNING id`,
      [methodId],
    );
    if (removed.length === 0) return;
    await tx.query('UPDATE mandate SET revoked_at = $2 WHERE payment_method_id = $1 AND revoked_at IS NULL', [
      methodId,
      payments.clock(),
    ]);
    await recordChange(tx, {
      actor: context.caller,
      action: 'payment_method_removed',
      subject: { type: 'payment_method', id: methodId },
      dataSubjectId: accountId,
      at: payments.clock(),
    });
  });
  return 'REMOVED';
}

/** A card that stands for an appointment to come, or that something is being reserved on, can only be replaced. */
async function isNeeded(tx: Transaction, methodId: string): Promise<boolean> {
  const found = await tx.query(
    `SELECT WHERE EXISTS (
         SELECT FROM payment WHERE payment_method_id = $1 AND status IN ('CREATED', 'AUTHORIZING', 'REQUIRES_ACTION'))
       OR EXISTS (
         SELECT FROM mandate m JOIN booking_reference b ON b.booking_id = m.booking_id
         WHERE m.payment_method_id = $1 AND m.revoked_at IS NULL AND b.outcome IN ('HELD', 'CONFIRMED'))`,
    [methodId],
  );
  return found.length > 0;
}

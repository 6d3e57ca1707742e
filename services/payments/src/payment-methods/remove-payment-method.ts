import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { RemovePaymentMethodInput } from '../schema-types.ts';
import { detachMethod } from './detach-method.ts';
import { PaymentMethod } from './payment-method.ts';

/** Removes a payment method; what stays is brand and last four digits, for the history of payments and refunds. */
export async function removePaymentMethod(
  context: PaymentsContext,
  { paymentMethodId: methodId, idempotencyKey: key }: RemovePaymentMethodInput,
): Promise<'REMOVED' | 'CONFLICT'> {
  const { payments, ability } = context;
  const { organizationId, accountId } = askingAccount(context);
  try {
    await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      const operation = 'removePaymentMethod';
      return onceByKey(tx, { actor: accountId, operation, key, request: { methodId } }, async () => {
        const method = await ifUuid(methodId, () => tx.manager.findOneBy(PaymentMethod, { id: methodId }));
        if (method === null || !may(ability, 'remove', 'PaymentMethod', method)) {
          throw refused.notFound('payment method');
        }
        return { methodId };
      });
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
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

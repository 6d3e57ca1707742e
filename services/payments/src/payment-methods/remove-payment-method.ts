import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { RemovePaymentMethodInput } from '../schema-types.ts';
import { lockClient } from './lock-client.ts';
import { PaymentMethod } from './payment-method.ts';
import { retireMethod } from './retire-methods.ts';

type Asked = { methodId: string } | { inUse: true };

/**
 * Removes a payment method; what stays is brand and last four digits, for the history of payments and refunds. It is out of use
 * at once, under the client's lock, and only then detached at the processor: nothing can be agreed to or begun with it between.
 */
export async function removePaymentMethod(
  context: PaymentsContext,
  { paymentMethodId: methodId, idempotencyKey: key }: RemovePaymentMethodInput,
): Promise<'REMOVED' | 'IN_USE' | 'CONFLICT'> {
  const { payments } = context;
  const { organizationId, accountId } = askingAccount(context);
  let asked: Asked;
  try {
    asked = await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      const operation = 'removePaymentMethod';
      return onceByKey<Asked>(tx, { actor: accountId, operation, key, request: { methodId } }, () =>
        takeOut(context, tx, { methodId, organizationId, clientId: accountId }),
      );
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
  if ('inUse' in asked) return 'IN_USE';
  if (!(await retireMethod(payments, { organizationId, methodId }))) {
    throw refused.unavailable(
      'The payment provider does not answer. Please try again with the same request.',
    );
  }
  return 'REMOVED';
}

async function takeOut(
  { payments, ability, caller }: PaymentsContext,
  tx: Transaction,
  { methodId, ...client }: { methodId: string; organizationId: string; clientId: string },
): Promise<Asked> {
  const now = payments.clock();
  await lockClient(tx, { ...client, now });
  const method = await ifUuid(methodId, () => tx.manager.findOneBy(PaymentMethod, { id: methodId }));
  if (method === null || !may(ability, 'remove', 'PaymentMethod', method)) {
    throw refused.notFound('payment method');
  }
  if (method.status === 'RETIRING' || method.status === 'DELETED') return { methodId };
  if (await isNeeded(tx, { methodId, now })) return { inUse: true };
  await tx.query('UPDATE mandate SET revoked_at = $2 WHERE payment_method_id = $1 AND revoked_at IS NULL', [
    methodId,
    now,
  ]);
  await tx.manager.update(PaymentMethod, methodId, { status: 'RETIRING', fingerprintIndex: null });
  await recordChange(tx, {
    actor: caller,
    action: 'payment_method_removed',
    subject: { type: 'payment_method', id: methodId },
    dataSubjectId: client.clientId,
    at: now,
  });
  return { methodId };
}

/** A card that stands for an appointment to come, or that something is being reserved on, can only be replaced. */
async function isNeeded(
  tx: Transaction,
  { methodId, now }: { methodId: string; now: Date },
): Promise<boolean> {
  const found = await tx.query(
    `SELECT WHERE EXISTS (
         SELECT FROM payment WHERE payment_method_id = $1 AND status IN ('CREATED', 'AUTHORIZING', 'REQUIRES_ACTION'))
       OR EXISTS (
         SELECT FROM mandate m JOIN booking_reference b ON b.booking_id = m.booking_id
         WHERE m.payment_method_id = $1 AND m.revoked_at IS NULL
           -- A slot that nobody ever confirmed stands for nothing once its time has come.
           AND (b.outcome = 'CONFIRMED' OR b.outcome = 'HELD' AND coalesce(b.starts_at, b.created_at + interval '1 day') > $2))`,
    [methodId, now],
  );
  return found.length > 0;
}

import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange, type Actor } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type Payments, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { ReplacePaymentMethodInput } from '../schema-types.ts';
import { lockClient } from './lock-client.ts';
import { PaymentMethod } from './payment-method.ts';
import { retireMethod } from './retire-methods.ts';
import { takeOver } from './take-over.ts';

/** One of the client's cards takes the place of another: everything that waits for the old one waits for it. */
export async function replacePaymentMethod(
  context: PaymentsContext,
  { paymentMethodId: oldId, byPaymentMethodId: newId, idempotencyKey: key }: ReplacePaymentMethodInput,
): Promise<PaymentMethod | 'CONFLICT'> {
  const { payments, caller } = context;
  const { organizationId, accountId } = askingAccount(context);
  const request = { oldId, newId };
  let kept: string;
  try {
    kept = await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      return onceByKey(
        tx,
        { actor: accountId, operation: 'replacePaymentMethod', key, request },
        async () => {
          await lockClient(tx, { organizationId, clientId: accountId, now: payments.clock() });
          const from = await own(context, tx, { id: oldId, verb: 'remove' });
          const to = await own(context, tx, { id: newId, verb: 'use' });
          if (to.status !== 'ACTIVE' || to.isExpired(payments.clock()))
            throw refused.notFound('payment method');
          if (from.id === to.id) throw refused.badInput('A card cannot take its own place.');
          await replace({ payments, tx, actor: caller }, { from, to });
          return to.id;
        },
      );
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
  await retireMethod(payments, { organizationId, methodId: oldId });
  return inOrganization(context, (tx) => tx.manager.findOneByOrFail(PaymentMethod, { id: kept }));
}

/** Out of use already, or the very card: nothing is left to take over. */
export async function replace(
  { payments, tx, actor }: { payments: Payments; tx: Transaction; actor: Actor },
  { from, to }: { from: PaymentMethod; to: PaymentMethod },
): Promise<void> {
  if (from.id === to.id || (from.status !== 'ACTIVE' && from.status !== 'EXPIRED')) return;
  const now = payments.clock();
  const taken = await takeOver(tx, { from, to, now });
  await recordChange(tx, {
    actor,
    action: 'payment_method_replaced',
    subject: { type: 'payment_method', id: from.id },
    dataSubjectId: from.clientId,
    at: now,
    details: { by: to.id, payments: String(taken.payments), mandates: String(taken.mandates) },
  });
}

async function own(
  { ability }: PaymentsContext,
  tx: Transaction,
  { id, verb }: { id: string; verb: 'use' | 'remove' },
): Promise<PaymentMethod> {
  const method = await ifUuid(id, () => tx.manager.findOneBy(PaymentMethod, { id }));
  if (method === null || !may(ability, verb, 'PaymentMethod', method))
    throw refused.notFound('payment method');
  return method;
}

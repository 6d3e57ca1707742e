import { may } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { PaymentMethod } from '../payment-methods/payment-method.ts';

/** One of the caller's own payment methods that can be used now; any other does not exist for them. */
export async function usableMethod(
  { payments, ability }: PaymentsContext,
  tx: Transaction,
  id: string,
): Promise<PaymentMethod> {
  const method = await ifUuid(id, () => tx.manager.findOneBy(PaymentMethod, { id }));
  const usable = method?.status === 'ACTIVE' && !method.isExpired(payments.clock());
  if (!usable || !may(ability, 'use', 'PaymentMethod', method)) throw refused.notFound('payment method');
  return method;
}

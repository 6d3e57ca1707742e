import { refused } from '@kept/subgraph-kit';
import { askingAccount, type PaymentsContext } from '../context.ts';
import { payOnce, type Answer } from '../payments/once.ts';
import { usableMethod } from '../payments/usable-method.ts';
import type { PayBalanceInput } from '../schema-types.ts';
import { beginBalance, type BalanceRefusal } from './begin-balance.ts';

/** The client pays what is left of the price of their appointment; how much that is, the server says. */
export function payBalance(
  context: PaymentsContext,
  { bookingId, paymentMethodId, tipMinor, idempotencyKey: key }: PayBalanceInput,
): Promise<Answer<BalanceRefusal>> {
  const { accountId } = askingAccount(context);
  const tip = tipMinor ?? 0;
  if (tip < 0) throw refused.badInput('A tip is nothing or more.', { field: 'input.tipMinor' });
  return payOnce<BalanceRefusal>(context, {
    operation: 'payBalance',
    key,
    request: { bookingId, paymentMethodId, tip },
    begin: (tx) =>
      beginBalance(context, tx, {
        bookingId,
        tipMinor: BigInt(tip),
        isTheirs: ({ clientId }) => clientId === accountId,
        payer: async () => ({ method: await usableMethod(context, tx, paymentMethodId) }),
      }),
  });
}

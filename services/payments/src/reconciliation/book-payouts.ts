import type { Payments } from '../context.ts';
import { entriesOf, postTransaction } from '../ledger/post-transaction.ts';
import type { BalanceFacts } from '../processor/payment-processor.ts';
import { subjectOf } from './incidents.ts';

/**
 * What the processor paid out to the bank, booked once for each payout. A payout is of the whole account: where several
 * organizations share one, nobody but its owner can say whose money it was, and it is left to them (decision 0041).
 */
export async function bookPayouts(payments: Payments, page: readonly BalanceFacts[]): Promise<void> {
  const payouts = page.filter(({ kind }) => kind === 'PAYOUT');
  if (payouts.length === 0) return;
  const owners = await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query<{ id: string }>('SELECT id FROM organization ORDER BY id LIMIT 2'),
  );
  const [owner] = owners;
  if (owner === undefined || owners.length > 1) return;
  await payments.database.transaction(owner.id, async (tx) => {
    for (const { reference, amountMinor, currency } of payouts) {
      const causeId = subjectOf('payout', reference);
      const booked = await tx.query(
        `SELECT FROM ledger_transaction WHERE cause_id = $1 AND kind = 'PAID_OUT'`,
        [causeId],
      );
      if (booked.length > 0) continue;
      await postTransaction(tx, {
        payment: { id: null, organizationId: owner.id, currency },
        causeId,
        kind: 'PAID_OUT',
        entries: entriesOf.paidOut(-amountMinor),
        at: payments.clock(),
      });
    }
  });
}

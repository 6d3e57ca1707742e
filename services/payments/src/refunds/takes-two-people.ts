import type { Transaction } from '@kept/database';

/**
 * Whether so much of a payment is given back by two people: more in all than one may give back alone, under the strictest
 * rules that bind this person (0013-refunds-of-one-person.sql, which refuses it in any case). The payment is locked by
 * this transaction.
 */
export async function takesTwoPeople(
  tx: Transaction,
  refund: { paymentId: string; amountMinor: bigint; accountId: string | null; now: Date },
): Promise<boolean> {
  const { paymentId, amountMinor, accountId, now } = refund;
  const [row] = await tx.query<{ two: boolean }>(
    'SELECT takes_two_people(payment, $2, $3, $4) AS two FROM payment WHERE id = $1',
    [paymentId, amountMinor.toString(), accountId, now],
  );
  return row?.two ?? true;
}

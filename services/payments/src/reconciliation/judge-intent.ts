import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import type { IntentFacts } from '../processor/payment-processor.ts';
import type { BookedRow } from './booked-payments.ts';
import { classify, type Verdict } from './classify.ts';

/** The verdict on one intent, with the reference compared as well: two intents of one payment look alike but for it. */
export async function judge(
  { keyring }: Payments,
  tx: Transaction,
  { facts, row }: { facts: IntentFacts; row: BookedRow | undefined },
): Promise<Verdict> {
  if (row === undefined) return classify(facts, null);
  const place = { table: 'payment', column: 'processor_reference' };
  const known = row.referenceIndex;
  const knowsAnother = known !== null && !known.equals(await keyring.blindIndex(tx, place, facts.reference));
  return classify(facts, { ...row, knowsAnother });
}

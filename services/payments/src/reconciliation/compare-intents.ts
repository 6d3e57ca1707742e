import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import type { IntentFacts } from '../processor/payment-processor.ts';
import { bookedPayments } from './booked-payments.ts';
import { closeOutdated } from './incidents.ts';
import { judge } from './judge-intent.ts';
import { byOrganization, markFound } from './known-organizations.ts';
import { settleDifference } from './settle-difference.ts';
import { nothing, type Tally } from './tally.ts';

/** Holds a page of the processor's intents against the books, each organization in one transaction; whoever differs, after it. */
export async function compareIntents(payments: Payments, page: readonly IntentFacts[]): Promise<Tally> {
  const tally = nothing();
  const groups = await byOrganization(payments, page);
  for (const [organizationId, facts] of groups) {
    const different = await payments.database.transaction(organizationId, (tx) =>
      findDifferent(payments, tx, facts),
    );
    tally.lookedAt += facts.length;
    for (const { reference } of different) {
      const outcome = await settleDifference(payments, { organizationId, reference });
      if (outcome === 'REPAIRED') tally.repaired += 1;
      if (outcome === 'INCIDENT') tally.incidents += 1;
    }
  }
  return tally;
}

async function findDifferent(payments: Payments, tx: Transaction, page: readonly IntentFacts[]) {
  const ids = page.map(({ origin }) => origin?.paymentId ?? '');
  const booked = await bookedPayments(tx, ids);
  const different: IntentFacts[] = [];
  const found: string[] = [];
  const fitting: string[] = [];
  for (const facts of page) {
    const row = booked.get(facts.origin?.paymentId ?? '');
    if (row !== undefined && facts.origin !== null) found.push(facts.origin.opId);
    // Whoever sent it, or the janitor, is about to write down what came of it.
    if (row?.isUnderWay === true) continue;
    const verdict = await judge(payments, tx, { facts, row });
    if (verdict.kind !== 'FITS') different.push(facts);
    else if (row !== undefined) fitting.push(row.id);
  }
  const now = payments.clock();
  await markFound(tx, { opIds: found, now });
  await closeOutdated(tx, { subjectIds: fitting, now });
  return different;
}

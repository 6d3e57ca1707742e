import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { applyDisputeFacts } from '../disputes/apply-dispute-facts.ts';
import { ContradictoryFacts } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { DisputeFacts } from '../processor/payment-processor.ts';
import { openIncident, subjectOf } from './incidents.ts';
import { byOrganization } from './known-organizations.ts';
import { nothing, type Tally } from './tally.ts';

const ACTOR = byItself('reconcile-payments');

interface Place {
  organizationId: string;
  facts: DisputeFacts;
}

/** Brings every dispute of a page forward to what the bank says; there are few, so each is looked at by itself. */
export async function compareDisputes(payments: Payments, page: readonly DisputeFacts[]): Promise<Tally> {
  const tally = nothing();
  for (const [organizationId, disputes] of await byOrganization(payments, page)) {
    for (const facts of disputes) {
      tally.lookedAt += 1;
      const outcome = await follow(payments, { organizationId, facts });
      if (outcome === 'REPAIRED') tally.repaired += 1;
      if (outcome === 'INCIDENT') tally.incidents += 1;
    }
  }
  return tally;
}

async function follow(payments: Payments, place: Place): Promise<'FITS' | 'REPAIRED' | 'INCIDENT'> {
  const { organizationId, facts } = place;
  try {
    const outcome = await payments.database.transaction(organizationId, async (tx) => {
      const payment = await lockPayment(tx, facts.origin?.paymentId ?? '');
      if (payment === null) return null;
      const count = async () =>
        (await tx.query(`SELECT FROM ledger_transaction WHERE payment_id = $1`, [payment.id])).length;
      const before = await count();
      await applyDisputeFacts({ payments, tx, payment, actor: ACTOR }, facts);
      // What changes nothing in the books is news of a date at most.
      if ((await count()) === before) return 'FITS';
      tx.afterCommit(() => payments.bookAlarms.noteRepair());
      return 'REPAIRED';
    });
    if (outcome !== null) return outcome;
  } catch (error) {
    if (!(error instanceof ContradictoryFacts)) throw error;
  }
  return say(payments, place);
}

/** It fits no payment of ours, or not the one that it names. */
function say(payments: Payments, { organizationId, facts }: Place): Promise<'FITS' | 'INCIDENT'> {
  return payments.database.transaction(organizationId, async (tx) => {
    const [known] = await tx.query<{ id: string }>('SELECT id FROM payment WHERE id = $1', [
      facts.origin?.paymentId ?? null,
    ]);
    const isNew = await openIncident(payments, tx, {
      kind: known === undefined ? 'MISSING_LOCAL' : 'AMOUNT',
      subjectId: subjectOf(facts.reference),
      paymentId: known?.id ?? null,
      ours: 'none',
      theirs: `dispute ${facts.status} ${facts.amountMinor} ${facts.currency}`,
    });
    return isNew ? 'INCIDENT' : 'FITS';
  });
}

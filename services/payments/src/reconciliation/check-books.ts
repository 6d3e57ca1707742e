import type { Payments } from '../context.ts';
import { checkInvariants } from '../ledger/check-invariants.ts';
import { closeOutdated, openIncident, subjectOf } from './incidents.ts';

const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I12'] as const;

/** Asks of every organization's books what must always hold; what does not is an incident, and ends when it holds again. */
export async function checkBooks(payments: Payments): Promise<void> {
  await payments.database.forEachOrganization('check-books', async (tx, organizationId) => {
    const subject = (invariant: string) => subjectOf('invariant', organizationId, invariant);
    const broken = await checkInvariants(tx, payments.clock());
    const names = new Set<string>(broken.map(({ invariant }) => invariant));
    for (const { invariant, count } of broken) {
      await openIncident(payments, tx, {
        kind: 'INVARIANT',
        subjectId: subject(invariant),
        paymentId: null,
        ours: `${invariant}: ${count}`,
        theirs: 'none',
      });
    }
    const holding = INVARIANTS.filter((invariant) => !names.has(invariant)).map((name) => subject(name));
    await closeOutdated(tx, { subjectIds: holding, now: payments.clock() });
  });
}

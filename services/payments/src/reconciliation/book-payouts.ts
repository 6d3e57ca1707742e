import type { Payments } from '../context.ts';
import { entriesOf, postTransaction } from '../ledger/post-transaction.ts';
import type { BalanceFacts } from '../processor/payment-processor.ts';
import { openIncident, subjectOf } from './incidents.ts';
import { sharesOfPayout, type PayoutReading, type Shares } from './shares-of-payout.ts';

/**
 * What the processor paid out to the bank, and what the bank sent back, booked once for each and for each organization by the
 * lines that it consists of: exact however many share the account (decision 0041). One made by hand has no lines; it is booked
 * where one organization has the account for itself, and left to the owner of the account otherwise.
 */
export async function bookPayouts(payments: Payments, page: readonly BalanceFacts[]): Promise<void> {
  const payouts = page.filter(({ kind }) => kind === 'PAYOUT' || kind === 'PAYOUT_FAILURE');
  if (payouts.length === 0) return;
  const booked = await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query<{ id: string }>('SELECT cause_id AS id FROM booked_payout WHERE cause_id = ANY($1::uuid[])', [
      payouts.map((line) => causeOf(line)),
    ]),
  );
  const done = new Set(booked.map(({ id }) => id));
  for (const line of payouts.filter((item) => !done.has(causeOf(item)))) await bookOne(payments, line);
}

const causeOf = ({ reference }: BalanceFacts): string => subjectOf('payout', reference);

async function bookOne(payments: Payments, line: BalanceFacts): Promise<void> {
  const shares = await sharesOfThisCell(payments, line);
  // Not all of its lines are there yet, or the processor does not answer: a later run comes back to it.
  if (shares === 'LATER') return;
  for (const [organizationId, amountMinor] of shares) {
    if (amountMinor !== 0n) await bookShare(payments, line, { organizationId, amountMinor });
  }
  await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query('INSERT INTO booked_payout (cause_id, booked_at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      causeOf(line),
      payments.clock(),
    ]),
  );
}

/** What each organization of this cell got by it; negative where it came back. */
async function sharesOfThisCell(payments: Payments, line: BalanceFacts): Promise<Shares | 'LATER'> {
  const { sourceReference, netMinor } = line;
  const reading: PayoutReading =
    sourceReference === null ? { kind: 'BY_HAND' } : await sharesOfPayout(payments, sourceReference);
  if (reading.kind === 'LATER') return 'LATER';
  if (reading.kind === 'BY_HAND') {
    const owner = await soleOwner(payments);
    return new Map(owner === null ? [] : [[owner, -netMinor]]);
  }
  const cameBack = line.kind === 'PAYOUT_FAILURE';
  if (reading.totalMinor !== (cameBack ? netMinor : -netMinor)) return 'LATER';
  const known = await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query<{ id: string }>('SELECT id FROM organization WHERE id = ANY($1::uuid[])', [
      [...reading.shares.keys()],
    ]),
  );
  const shareOf = (id: string): bigint => reading.shares.get(id) ?? 0n;
  return new Map(known.map(({ id }) => [id, cameBack ? -shareOf(id) : shareOf(id)]));
}

async function soleOwner(payments: Payments): Promise<string | null> {
  const owners = await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query<{ id: string }>('SELECT id FROM organization ORDER BY id LIMIT 2'),
  );
  return owners.length === 1 ? (owners[0]?.id ?? null) : null;
}

/** A payout that was booked whole, before shares were, stands under the cause of the payout alone. */
function bookShare(
  payments: Payments,
  line: BalanceFacts,
  { organizationId, amountMinor }: { organizationId: string; amountMinor: bigint },
): Promise<void> {
  const causeId = subjectOf('payout', line.reference, organizationId);
  return payments.database.transaction(organizationId, async (tx) => {
    const booked = await tx.query(
      `SELECT FROM ledger_transaction WHERE cause_id = ANY($1::uuid[]) AND kind = 'PAID_OUT'`,
      [[causeId, causeOf(line)]],
    );
    if (booked.length > 0) return;
    await postTransaction(tx, {
      payment: { id: null, organizationId, currency: line.currency },
      causeId,
      kind: 'PAID_OUT',
      entries: entriesOf.paidOut(amountMinor),
      at: payments.clock(),
    });
    if (line.kind !== 'PAYOUT_FAILURE') return;
    await openIncident(payments, tx, {
      kind: 'PAYOUT_FAILED',
      subjectId: causeId,
      paymentId: null,
      ours: `paid out ${-amountMinor} ${line.currency}`,
      theirs: `came back ${-amountMinor} ${line.currency}`,
    });
  });
}

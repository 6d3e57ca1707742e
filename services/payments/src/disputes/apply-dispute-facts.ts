import { randomUUID } from 'node:crypto';
import { recordChange } from '../audit/record-change.ts';
import { entriesOf, postTransaction, type LedgerKind } from '../ledger/post-transaction.ts';
import { notifyClient } from '../notices/notify-client.ts';
import { ContradictoryFacts, type Merge } from '../payments/apply-intent-facts.ts';
import type { DisputeFacts } from '../processor/payment-processor.ts';
import { sealReference } from '../processor/sealed-reference.ts';
import { Dispute, ENDED, HOLDS_MONEY, type DisputeStatus } from './dispute.ts';

/** How far a dispute is: what arrives late changes nothing. */
const RANK: Readonly<Record<DisputeStatus, number>> = {
  INQUIRY: 0,
  NEEDS_RESPONSE: 1,
  UNDER_REVIEW: 2,
  WON: 3,
  LOST: 3,
  CLOSED: 3,
};

/**
 * Brings a dispute forward to what the processor says now; its payment is locked by this transaction. However late it is
 * heard of, it is written down from its beginning, so that the books show the money going and, perhaps, coming back.
 */
export async function applyDisputeFacts(merge: Merge, facts: DisputeFacts): Promise<void> {
  const dispute = await findOrOpen(merge, facts);
  if (RANK[facts.status] < RANK[dispute.status]) return;
  dispute.evidenceDueAt = facts.evidenceDueAt;
  const passesBank = facts.status === 'UNDER_REVIEW' || facts.status === 'WON' || facts.status === 'LOST';
  if (dispute.status === 'INQUIRY' && (passesBank || facts.status === 'NEEDS_RESPONSE'))
    await step(merge, dispute, 'NEEDS_RESPONSE');
  if (dispute.status !== facts.status && !ENDED.includes(dispute.status))
    await step(merge, dispute, facts.status);
  await merge.tx.manager.save(dispute);
  if (facts.feeMinor > 0n) await bookFee(merge, dispute, facts);
}

async function findOrOpen(merge: Merge, facts: DisputeFacts): Promise<Dispute> {
  const { payments, tx, payment } = merge;
  const { keyring } = payments;
  const { reference } = facts;
  const place = { table: 'dispute', column: 'processor_reference' };
  const processorReferenceIndex = await keyring.blindIndex(tx, place, reference);
  const known = await tx.manager.findOneBy(Dispute, { processorReferenceIndex });
  const fits = known === null || (known.paymentId === payment.id && known.amountMinor === facts.amountMinor);
  if (!fits || facts.currency !== payment.currency)
    throw new ContradictoryFacts(`the processor's dispute does not fit payment ${payment.id}`);
  if (known !== null) return known;
  const id = randomUUID();
  const row = { table: 'dispute', rowId: id, clientId: payment.clientId } as const;
  const asked = facts.status === 'INQUIRY' || facts.status === 'CLOSED';
  const dispute = tx.manager.create(Dispute, {
    id,
    organizationId: payment.organizationId,
    paymentId: payment.id,
    clientId: payment.clientId,
    processorReference: await sealReference({ keyring, tx, reference }, row),
    processorReferenceIndex,
    status: asked ? 'INQUIRY' : 'NEEDS_RESPONSE',
    amountMinor: facts.amountMinor,
    currency: facts.currency,
    reason: facts.reason,
    evidenceDueAt: facts.evidenceDueAt,
    evidenceSentAt: null,
    evidenceSentBy: null,
    evidenceTakenAt: null,
    openedAt: facts.createdAt,
    closedAt: null,
  });
  await tx.manager.insert(Dispute, dispute);
  await settleBooks(merge, dispute);
  return dispute;
}

async function step(merge: Merge, dispute: Dispute, to: DisputeStatus): Promise<void> {
  const hadMoney = HOLDS_MONEY.includes(dispute.status);
  dispute.status = to;
  if (ENDED.includes(to)) dispute.closedAt = merge.payments.clock();
  await merge.tx.manager.save(dispute);
  await settleBooks(merge, dispute, hadMoney);
}

/** The money goes when the bank takes it, and comes back or is lost when it has decided. */
async function settleBooks(merge: Merge, dispute: Dispute, hadMoney = false): Promise<void> {
  const { status, amountMinor } = dispute;
  await audit(merge, dispute);
  if (status === 'NEEDS_RESPONSE') {
    await post(merge, dispute, { kind: 'DISPUTE_OPENED', entries: entriesOf.disputeOpened(amountMinor) });
    await tell(merge, dispute, 'payment-disputed');
  } else if (status === 'LOST') {
    await post(merge, dispute, { kind: 'DISPUTE_LOST', entries: entriesOf.disputeLost(amountMinor) });
    await tell(merge, dispute, 'payment-dispute-closed');
  } else if (hadMoney && !HOLDS_MONEY.includes(status)) {
    await post(merge, dispute, { kind: 'DISPUTE_WON', entries: entriesOf.disputeWon(amountMinor) });
    await tell(merge, dispute, 'payment-dispute-closed');
  }
  await countDisputed(merge);
}

/** What the bank has, or keeps: nothing of it can be given back. */
async function countDisputed({ payments, tx, payment }: Merge): Promise<void> {
  const [row] = await tx.query<{ held: string }>(
    'SELECT coalesce(sum(amount_minor), 0)::text AS held FROM dispute WHERE payment_id = $1 AND status = ANY ($2)',
    [payment.id, HOLDS_MONEY],
  );
  const held = BigInt(row?.held ?? 0);
  if (held === payment.disputedMinor) return;
  payment.disputedMinor = held;
  // What a cancellation owes waited for the bank.
  payment.settleDueAt = payments.clock();
  await tx.manager.save(payment);
}

type Posting = { kind: LedgerKind; entries: Parameters<typeof postTransaction>[1]['entries'] };

function post({ payments, tx, payment }: Merge, dispute: Dispute, posting: Posting): Promise<void> {
  return postTransaction(tx, { payment, causeId: dispute.id, at: payments.clock(), ...posting });
}

/** What the processor charges for the dispute itself, once. */
async function bookFee(
  merge: Merge,
  dispute: Dispute,
  { feeMinor, feeCurrency }: DisputeFacts,
): Promise<void> {
  const booked = await merge.tx.query(
    `SELECT FROM ledger_transaction WHERE cause_id = $1 AND kind = 'FEE_CHARGED'`,
    [dispute.id],
  );
  if (booked.length > 0) return;
  const { payments, tx, payment } = merge;
  await postTransaction(tx, {
    payment: { ...payment, currency: feeCurrency },
    causeId: dispute.id,
    kind: 'FEE_CHARGED',
    entries: entriesOf.feeCharged(feeMinor),
    at: payments.clock(),
  });
}

async function tell(
  { payments, tx, payment }: Merge,
  dispute: Dispute,
  template: 'payment-disputed' | 'payment-dispute-closed',
): Promise<void> {
  const { id: causeId, amountMinor } = dispute;
  await notifyClient(tx, { payment, template, causeId, amountMinor, at: payments.clock() });
}

function audit({ payments, tx, payment, actor }: Merge, dispute: Dispute): Promise<void> {
  return recordChange(tx, {
    actor,
    action: 'payment_disputed',
    subject: { type: 'dispute', id: dispute.id },
    dataSubjectId: dispute.clientId,
    at: payments.clock(),
    details: {
      paymentId: payment.id,
      status: dispute.status,
      reason: dispute.reason,
      amountMinor: String(dispute.amountMinor),
      currency: dispute.currency,
    },
  });
}

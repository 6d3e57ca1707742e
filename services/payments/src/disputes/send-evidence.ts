import type { Transaction } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { byItself, recordChange } from '../audit/record-change.ts';
import { inOrganization, type Payments, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { openReference } from '../processor/sealed-reference.ts';
import type { DisputeEvidenceRefusal } from '../schema-types.ts';
import { applyDisputeFacts } from './apply-dispute-facts.ts';
import { Dispute, ENDED } from './dispute.ts';
import { buildEvidence } from './evidence.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;
const ACTOR = byItself('send-dispute-evidence');

export type EvidenceResult =
  { kind: 'SENT'; dispute: Dispute } | { kind: 'REFUSED'; reason: DisputeEvidenceRefusal };

/**
 * Somebody of billing sends the bank what is known. That it was decided is committed before the call, so whoever dies in
 * between leaves it to the sweep; the same evidence under the same key is one submission at the processor.
 */
export async function sendEvidence(context: PaymentsContext, disputeId: string): Promise<EvidenceResult> {
  const { caller, payments } = context;
  requireRecentSecondFactor(caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const decided = await inOrganization(context, (tx) => decide(context, tx, disputeId));
  if (decided.kind === 'REFUSED') return decided;
  const { id, organizationId } = decided.dispute;
  await submit(payments, { organizationId, disputeId: id });
  const dispute = await inOrganization(context, (tx) => tx.manager.findOneByOrFail(Dispute, { id }));
  return { kind: 'SENT', dispute };
}

async function decide(
  { caller, payments }: PaymentsContext,
  tx: Transaction,
  disputeId: string,
): Promise<EvidenceResult> {
  const known = await ifUuid(disputeId, () => tx.manager.findOneBy(Dispute, { id: disputeId }));
  // The payment is locked first, as everywhere: webhooks come to the dispute by way of it.
  const payment = known === null ? null : await lockPayment(tx, known.paymentId);
  if (known === null || payment === null) throw refused.notFound('dispute');
  const dispute = await tx.manager.findOneByOrFail(Dispute, { id: known.id });
  const now = payments.clock();
  if (dispute.evidenceSentAt !== null) return { kind: 'SENT', dispute };
  if (ENDED.includes(dispute.status)) return { kind: 'REFUSED', reason: 'ENDED' };
  if (dispute.evidenceDueAt !== null && now > dispute.evidenceDueAt)
    return { kind: 'REFUSED', reason: 'TOO_LATE' };
  dispute.evidenceSentAt = now;
  dispute.evidenceSentBy = caller.accountId;
  await tx.manager.save(dispute);
  await recordChange(tx, {
    actor: caller,
    action: 'dispute_evidence_sent',
    subject: { type: 'dispute', id: dispute.id },
    dataSubjectId: dispute.clientId,
    at: now,
    details: { paymentId: payment.id },
  });
  return { kind: 'SENT', dispute };
}

/** Sends what was decided, as it was known then; what is not certain afterwards is sent again by the sweep. */
async function submit(
  payments: Payments,
  { organizationId, disputeId }: { organizationId: string; disputeId: string },
): Promise<void> {
  const prepared = await payments.database.transaction(organizationId, (tx) =>
    prepare(payments, tx, disputeId),
  );
  if (prepared === null) return;
  const outcome = await payments.processor.submitEvidence({ ...prepared, submit: true });
  if (outcome.kind === 'UNKNOWN') return;
  await payments.database.transaction(organizationId, async (tx) => {
    const { paymentId } = await tx.manager.findOneByOrFail(Dispute, { id: disputeId });
    const payment = await lockPayment(tx, paymentId);
    if (payment === null) return;
    // Refused for good: the bank's time was over, or it had decided. Its news come as any other.
    await tx.manager.update(Dispute, disputeId, { evidenceTakenAt: payments.clock() });
    if (outcome.kind === 'DONE')
      await applyDisputeFacts({ payments, tx, payment, actor: ACTOR }, outcome.value);
    else payments.log.warn({ disputeId, code: outcome.code }, 'evidence was refused');
  });
}

async function prepare(payments: Payments, tx: Transaction, disputeId: string) {
  const dispute = await tx.manager.findOneByOrFail(Dispute, { id: disputeId });
  const { evidenceSentAt: until, evidenceTakenAt, clientId } = dispute;
  if (until === null || evidenceTakenAt !== null) return null;
  const payment = await lockPayment(tx, dispute.paymentId);
  const place = { table: 'dispute', rowId: dispute.id, clientId } as const;
  const { keyring } = payments;
  const disputeReference = await openReference({ keyring, tx, sealed: dispute.processorReference }, place);
  if (payment === null || disputeReference === null) return null;
  const evidence = await buildEvidence(tx, { payment, until });
  return { key: `evidence_${dispute.id}`, disputeReference, evidence };
}

/** Whoever is about to send it has this long before the sweep does. */
const SENDING_MS = 60_000;
const PER_ORGANIZATION_MAX = 100;

/** Sends what a process left behind between the decision and the bank's receipt; one that fails keeps no other back. */
export async function finishEvidence(payments: Payments, { until = Infinity } = {}): Promise<void> {
  const waiting: { organizationId: string; disputeId: string }[] = [];
  await payments.database.forEachOrganization('finish-evidence', async (tx, organizationId) => {
    const rows = await tx.query<{ id: string }>(
      `SELECT id FROM dispute WHERE evidence_sent_at <= $1 AND evidence_taken_at IS NULL
       ORDER BY random() LIMIT $2`,
      [new Date(payments.clock().getTime() - SENDING_MS), PER_ORGANIZATION_MAX],
    );
    waiting.push(...rows.map(({ id }) => ({ organizationId, disputeId: id })));
  });
  for (const place of waiting) {
    if (performance.now() >= until) return;
    try {
      await submit(payments, place);
    } catch (error) {
      payments.log.error({ err: error, ...place }, 'evidence could not be sent; it is tried again');
    }
  }
}

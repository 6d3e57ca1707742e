import { randomUUID } from 'node:crypto';
import { IsNull } from 'typeorm';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import type { PaymentMethod } from '../payment-methods/payment-method.ts';
import { judge } from './judge.ts';
import { networkOf } from './network-of.ts';
import { PaymentAssessment } from './payment-assessment.ts';
import { readSignals } from './read-signals.ts';
import { RULES } from './rules.ts';

export interface ToAssess {
  caller: Caller;
  clientId: string;
  /** The card to pay with, or the one that is being brought; null on a visit to the card page, which has none yet. */
  methodId: string | null;
  /** The visit that is begun. */
  collectionId?: string;
  /** What is known of the card; null while it is brought. */
  method: Pick<PaymentMethod, 'fingerprintIndex' | 'issuerCountry'> | null;
  /** Null: nothing is paid. */
  amountMinor: bigint | null;
  now: Date;
}

/**
 * Judges an attempt and writes the judgement down, in the transaction that begins it. What follows is the same whatever it
 * says (operations/send-op.ts, payment-methods/attach-method.ts), so that neither words nor work tell a caller which it was.
 */
export async function assessPayment(
  { keyring }: Pick<Payments, 'keyring'>,
  tx: Transaction,
  { caller, clientId, methodId, collectionId, method, amountMinor, now }: ToAssess,
): Promise<PaymentAssessment> {
  invariant(tx.organizationId, 'an attempt is judged in its organization');
  const network = networkOf(caller.networkAddress);
  const place = { table: 'payment_assessment', column: 'network_hmac' };
  const networkHmac = network === null ? null : await keyring.blindIndex(tx, place, network);
  const signals = await readSignals(tx, { caller, clientId, method, amountMinor, networkHmac, now });
  const { outcome, reasons, ruleVersion } = judge(RULES, signals);
  const assessment = tx.manager.create(PaymentAssessment, {
    id: randomUUID(),
    organizationId: tx.organizationId,
    clientId,
    paymentMethodId: methodId,
    paymentId: null,
    collectionId: collectionId ?? null,
    amountMinor,
    networkHmac,
    deviceId: caller.deviceId,
    ruleVersion,
    outcome,
    reasons,
    assessedAt: now,
    processorRisk: null,
    decision: null,
    decisionReason: null,
    decidedBy: null,
    decidedAt: null,
  });
  await tx.manager.insert(PaymentAssessment, assessment);
  // Also what is allowed: nobody learns from the length of an answer which it was, and the trail shows what was looked at.
  await recordChange(tx, {
    actor: caller,
    action: 'payment_assessed',
    subject: { type: 'payment_assessment', id: assessment.id },
    dataSubjectId: clientId,
    at: now,
    outcome: outcome === 'BLOCK' ? 'FAILURE' : 'SUCCESS',
    details: { outcome, reasons: reasons.join(' '), ruleVersion: String(ruleVersion) },
  });
  return assessment;
}

/** Says which payment a judgement was about; it is written right after it. */
export async function assessedFor(tx: Transaction, assessmentId: string, paymentId: string): Promise<void> {
  await tx.manager.update(PaymentAssessment, assessmentId, { paymentId });
}

/** What the processor itself makes of the card stands beside it; what it said first stays. */
export async function processorFound(
  tx: Transaction,
  paymentId: string,
  risk: NonNullable<PaymentAssessment['processorRisk']>,
): Promise<void> {
  await tx.manager.update(PaymentAssessment, { paymentId, processorRisk: IsNull() }, { processorRisk: risk });
}

export interface Verdict {
  outcome: PaymentAssessment['outcome'];
  decision: PaymentAssessment['decision'];
}

/** What was made of this payment, or of this card; null when nobody asked, as for fees. */
export async function verdictOn(
  tx: Transaction,
  about: { paymentId: string } | { broughtMethodId: string } | { collectionId: string },
): Promise<Verdict | null> {
  const [column, id] = placeOf(about);
  const [verdict] = await tx.query<Verdict>(
    `SELECT outcome, decision FROM payment_assessment WHERE ${column} ORDER BY assessed_at DESC LIMIT 1`,
    [id],
  );
  return verdict ?? null;
}

function placeOf(about: Parameters<typeof verdictOn>[1]): [condition: string, id: string] {
  if ('paymentId' in about) return ['payment_id = $1', about.paymentId];
  if ('collectionId' in about) return ['collection_id = $1', about.collectionId];
  return ['payment_id IS NULL AND payment_method_id = $1', about.broughtMethodId];
}

import type { Stripe } from 'stripe';
import type {
  BalanceFacts,
  BalanceKind,
  ChargeFacts,
  CollectionFacts,
  DisputeEvidence,
  DisputeFacts,
  PayoutLine,
  SetupFacts,
} from './processor-facts.ts';
import {
  chargeDetails,
  collectionOriginOf,
  expandedOf,
  idOf,
  methodFacts,
  originOf,
} from './stripe-facts.ts';
import { exponentOf } from './wire-amount.ts';

const DISPUTE_STATUS: Readonly<Record<string, DisputeFacts['status']>> = {
  warning_needs_response: 'INQUIRY',
  warning_under_review: 'INQUIRY',
  warning_closed: 'CLOSED',
  needs_response: 'NEEDS_RESPONSE',
  appeal_needs_response: 'NEEDS_RESPONSE',
  under_review: 'UNDER_REVIEW',
  appeal_under_review: 'UNDER_REVIEW',
  won: 'WON',
  // The processor answered the bank by itself and no money moved.
  prevented: 'WON',
  lost: 'LOST',
};

export function disputeFacts(dispute: Stripe.Dispute): DisputeFacts {
  const status = DISPUTE_STATUS[dispute.status];
  if (status === undefined) throw new Error('the processor answered with a status nobody knows');
  const moved = dispute.balance_transactions.reduce((sum, { amount }) => sum + amount, 0);
  const fees = dispute.balance_transactions.reduce((sum, { fee }) => sum + fee, 0);
  const due = dispute.evidence_details.due_by;
  const currency = dispute.currency.toUpperCase();
  const feeCurrency = dispute.balance_transactions[0]?.currency.toUpperCase() ?? currency;
  return {
    reference: dispute.id,
    intentReference: idOf(dispute.payment_intent),
    status,
    amountMinor: BigInt(dispute.amount),
    currency,
    reason: dispute.reason,
    evidenceDueAt: due === null ? null : new Date(due * 1000),
    withdrawnMinor: moved < 0 ? BigInt(-moved) : 0n,
    feeMinor: exponentOf(feeCurrency) === undefined ? 0n : BigInt(fees),
    feeCurrency,
    origin: originOf(expandedOf(dispute.payment_intent)?.metadata ?? null),
    createdAt: new Date(dispute.created * 1000),
  };
}

export const evidenceOf = (evidence: DisputeEvidence): Stripe.DisputeUpdateParams.Evidence => {
  const words = {
    cancellation_policy_disclosure: evidence.cancellationPolicyDisclosure,
    cancellation_rebuttal: evidence.cancellationRebuttal,
    refund_policy_disclosure: evidence.refundPolicyDisclosure,
    access_activity_log: evidence.accessActivityLog,
    product_description: evidence.productDescription,
    service_date: evidence.serviceDate,
    uncategorized_text: evidence.text,
  };
  return Object.fromEntries(Object.entries(words).filter(([, text]) => text !== undefined));
};

export function chargeFacts(charge: Stripe.Charge): ChargeFacts {
  return {
    ...chargeDetails(charge),
    reference: charge.id,
    intentReference: idOf(charge.payment_intent),
    amountMinor: BigInt(charge.amount),
    capturedMinor: BigInt(charge.amount_captured),
    refundedMinor: BigInt(charge.amount_refunded),
    currency: charge.currency.toUpperCase(),
    disputed: charge.disputed,
  };
}

const BALANCE_KIND: Readonly<Record<string, BalanceKind>> = {
  charge: 'CHARGE',
  payment: 'CHARGE',
  refund: 'REFUND',
  payment_refund: 'REFUND',
  refund_failure: 'REFUND_FAILURE',
  payment_failure_refund: 'REFUND_FAILURE',
  payout: 'PAYOUT',
  payout_reversal: 'PAYOUT_FAILURE',
  payout_failure: 'PAYOUT_FAILURE',
  payout_cancel: 'PAYOUT_FAILURE',
  dispute: 'DISPUTE',
  dispute_reversal: 'DISPUTE_REVERSAL',
};

export function balanceFacts(line: Stripe.BalanceTransaction): BalanceFacts {
  return {
    reference: line.id,
    // A dispute is an `adjustment` by its type; its category tells which way.
    kind: BALANCE_KIND[line.reporting_category] ?? BALANCE_KIND[line.type] ?? 'OTHER',
    amountMinor: BigInt(line.amount),
    feeMinor: BigInt(line.fee),
    netMinor: BigInt(line.net),
    currency: line.currency.toUpperCase(),
    sourceReference: idOf(line.source),
    createdAt: new Date(line.created * 1000),
  };
}

/** The source is expanded: a charge has the metadata of its payment, a refund its own, a dispute the name of its payment. */
export function payoutLine(line: Stripe.BalanceTransaction): PayoutLine {
  const source = expandedOf(line.source) as Partial<
    Pick<Stripe.Charge, 'metadata' | 'payment_intent'>
  > | null;
  return {
    ...balanceFacts(line),
    organizationId: originOf(source?.metadata ?? null)?.organizationId ?? null,
    intentReference: idOf(source?.payment_intent),
  };
}

const SETUP_STATUS: Readonly<Record<string, SetupFacts['status']>> = {
  requires_payment_method: 'REQUIRES_METHOD',
  requires_confirmation: 'PROCESSING',
  requires_action: 'REQUIRES_ACTION',
  processing: 'PROCESSING',
  succeeded: 'SUCCEEDED',
  canceled: 'CANCELED',
};

export function setupFacts(setup: Stripe.SetupIntent): SetupFacts {
  const status = SETUP_STATUS[setup.status];
  if (status === undefined) throw new Error('the processor answered with a status nobody knows');
  const method = expandedOf(setup.payment_method);
  return {
    reference: setup.id,
    status,
    method: status === 'SUCCEEDED' && method !== null ? methodFacts(method) : null,
    declineCode: setup.last_setup_error?.decline_code ?? setup.last_setup_error?.code ?? null,
    origin: collectionOriginOf(setup.metadata),
    clientSecret: setup.client_secret,
  };
}

const COLLECTION_STATUS: Readonly<Record<string, CollectionFacts['status']>> = {
  open: 'OPEN',
  complete: 'COMPLETE',
  expired: 'EXPIRED',
};

export function collectionFacts(session: Stripe.Checkout.Session): CollectionFacts {
  const status = COLLECTION_STATUS[session.status ?? ''];
  if (status === undefined) throw new Error('the processor answered with a status nobody knows');
  return {
    reference: session.id,
    status,
    url: session.url,
    setupReference: idOf(session.setup_intent),
    intentReference: idOf(session.payment_intent),
    origin: collectionOriginOf(session.metadata),
  };
}

import { ApiError, missingResource } from './api-error.ts';
import { book, DISPUTE_FEE } from './balance.ts';
import { expanded } from './expansion.ts';
import { listOf, listParameters } from './lists.ts';
import { anyObject, metadata, optionalFlag, optionalText, readParameters, words } from './parameters.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { Charge, Dispute, DisputeStatus } from './wire-objects.ts';

const DAYS_TO_ANSWER = 7;
/** Words that stand for how the bank will decide, as in Stripe's own test mode. */
const DECIDES: Readonly<Record<string, 'won' | 'lost'>> = {
  winning_evidence: 'won',
  losing_evidence: 'lost',
};
/** While it is one of these, or was lost, nothing more can be given back on the charge. */
const BLOCKS_REFUNDS: readonly DisputeStatus[] = ['needs_response', 'under_review', 'lost'];

/** The cardholder complains at their bank. An inquiry only asks; a dispute takes the money at once. */
export function openDispute(
  call: Call,
  charge: Charge,
  { reason, inquiry, amount = charge.amount_captured }: { reason: string; inquiry: boolean; amount?: number },
): Dispute {
  const { state } = call.simulator;
  const dispute: Dispute = {
    id: newId('dp'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: state.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: {
      due_by: state.now() + DAYS_TO_ANSWER * 24 * 3600,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
  };
  state.tables.disputes[dispute.id] = dispute;
  // Also for an inquiry: whoever reads only this member takes a question for a loss.
  charge.disputed = true;
  call.simulator.announce(null, 'charge.dispute.created', dispute);
  if (!inquiry) withdraw(call, dispute);
  return dispute;
}

function withdraw(call: Call, dispute: Dispute): void {
  const { currency, id: source, amount } = dispute;
  const entry = { type: 'adjustment', category: 'dispute', amount: -amount, currency, source } as const;
  dispute.balance_transactions.push(book(call, { ...entry, fee: DISPUTE_FEE }));
  call.simulator.announce(null, 'charge.dispute.funds_withdrawn', dispute);
}

/** The bank decides, or turns its question into a dispute. */
export function settleDispute(
  call: Call,
  dispute: Dispute,
  outcome: 'won' | 'lost' | 'closed' | 'escalated',
): void {
  const inquiry = dispute.status.startsWith('warning_');
  if (['won', 'lost', 'warning_closed'].includes(dispute.status)) return;
  if (outcome === 'escalated') {
    if (!inquiry) throw new ApiError('Only an inquiry becomes a dispute.');
    dispute.status = 'needs_response';
    dispute.is_charge_refundable = false;
    call.simulator.announce(null, 'charge.dispute.updated', dispute);
    return withdraw(call, dispute);
  }
  dispute.status = inquiry ? 'warning_closed' : outcome === 'closed' ? 'lost' : outcome;
  dispute.is_charge_refundable = dispute.status !== 'lost';
  if (dispute.status === 'won') {
    const { currency, id: source, amount } = dispute;
    const entry = { type: 'adjustment', category: 'dispute_reversal', amount, currency, source } as const;
    dispute.balance_transactions.push(book(call, entry));
    call.simulator.announce(null, 'charge.dispute.funds_reinstated', dispute);
  }
  call.simulator.announce(null, 'charge.dispute.closed', dispute);
}

export const blocksRefunds = (call: Call, charge: Charge): boolean =>
  Object.values(call.simulator.state.tables.disputes).some(
    (dispute) => dispute.charge === charge.id && BLOCKS_REFUNDS.includes(dispute.status),
  );

export function disputeOf(call: Call, id: string): Dispute {
  const dispute = call.simulator.state.tables.disputes[id];
  if (dispute === undefined) throw missingResource('dispute', id, 'dispute');
  return dispute;
}

function update(call: Call): object {
  const given = readParameters(call.parameters, {
    evidence: anyObject,
    submit: optionalFlag,
    metadata,
    expand: words,
  });
  const dispute = disputeOf(call, call.ids[0] ?? '');
  const open = dispute.status === 'needs_response' || dispute.status === 'warning_needs_response';
  if (!open) throw new ApiError('This dispute takes no more evidence.', { code: 'dispute_closed' });
  Object.assign(dispute.evidence, given.evidence);
  Object.assign(dispute.metadata, given.metadata);
  dispute.evidence_details.has_evidence = Object.keys(dispute.evidence).length > 0;
  if (given.submit !== false && given.evidence !== undefined) submit(call, dispute);
  call.simulator.announce(call, 'charge.dispute.updated', dispute);
  return expanded(call.simulator.state.tables, dispute, given.expand);
}

function submit(call: Call, dispute: Dispute): void {
  dispute.evidence_details.submission_count += 1;
  dispute.status = dispute.status === 'needs_response' ? 'under_review' : 'warning_under_review';
  const decided = DECIDES[String(dispute.evidence['uncategorized_text'])];
  if (decided !== undefined) call.simulator.later(() => settleDispute(call, dispute, decided));
}

function close(call: Call): object {
  readParameters(call.parameters, { expand: words });
  const dispute = disputeOf(call, call.ids[0] ?? '');
  settleDispute(call, dispute, 'lost');
  return dispute;
}

function retrieve(call: Call): object {
  const given = readParameters(call.parameters, { expand: words });
  return expanded(call.simulator.state.tables, disputeOf(call, call.ids[0] ?? ''), given.expand);
}

function list(call: Call): object {
  const given = readParameters(call.parameters, {
    ...listParameters,
    charge: optionalText,
    payment_intent: optionalText,
    expand: words,
  });
  const { tables } = call.simulator.state;
  const found = Object.values(tables.disputes)
    .filter(({ charge }) => given.charge === undefined || charge === given.charge)
    .filter(
      ({ payment_intent: intent }) => given.payment_intent === undefined || intent === given.payment_intent,
    );
  return expanded(tables, listOf('/v1/disputes', found, given), given.expand);
}

export const disputeRoutes: Route[] = [
  { method: 'GET', path: '/v1/disputes', answer: list },
  { method: 'GET', path: '/v1/disputes/:id', answer: retrieve },
  { method: 'POST', path: '/v1/disputes/:id', answer: update },
  { method: 'POST', path: '/v1/disputes/:id/close', answer: close },
];

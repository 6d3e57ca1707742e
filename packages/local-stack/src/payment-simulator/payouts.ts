import { ApiError, invalidParameter } from './api-error.ts';
import { book } from './balance.ts';
import { listOf, listParameters } from './lists.ts';
import { integer, metadata, readParameters, text, words } from './parameters.ts';
import { payoutOf } from './payout-lines.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { Payout } from './wire-objects.ts';

/** Pays out by hand a part of what stands on the account in one currency: of which payments, nobody can say afterwards. */
function createPayout(call: Call): Payout {
  const given = readParameters(call.parameters, { amount: integer, currency: text, metadata });
  const balance = Object.values(call.simulator.state.tables.balanceTransactions)
    .filter(({ currency }) => currency === given.currency)
    .reduce((sum, { net }) => sum + net, 0);
  if (given.amount < 1 || given.amount > balance) {
    throw invalidParameter('You have insufficient funds for this payout.', 'amount', 'balance_insufficient');
  }
  return payOut(call, { ...given, automatic: false });
}

function payOut(
  call: Call,
  { amount, currency, ...about }: Pick<Payout, 'amount' | 'currency' | 'metadata' | 'automatic'>,
): Payout {
  const { tables, now } = call.simulator.state;
  const id = newId('po');
  const line = book(call, { type: 'payout', category: 'payout', amount: -amount, currency, source: id });
  const payout: Payout = {
    id,
    object: 'payout',
    amount,
    arrival_date: now(),
    automatic: about.automatic,
    balance_transaction: line.id,
    created: now(),
    currency,
    description: null,
    destination: null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: about.metadata,
    method: 'standard',
    original_payout: null,
    reconciliation_status: about.automatic ? 'completed' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: null,
    status: 'paid',
    type: 'bank_account',
  };
  tables.payouts[id] = payout;
  call.simulator.announce(call, 'payout.paid', payout);
  return payout;
}

/** What the processor does by itself every day: everything that has not been paid out yet goes to the bank. */
function payOutAll(call: Call): Payout {
  const { currency } = readParameters(call.parameters, { currency: text });
  const { tables } = call.simulator.state;
  const gone = new Set(Object.values(tables.payoutLines).flat());
  const lines = Object.values(tables.balanceTransactions).filter(
    (line) => line.currency === currency && line.type !== 'payout' && !gone.has(line.id),
  );
  const amount = lines.reduce((sum, { net }) => sum + net, 0);
  if (lines.length === 0) throw new ApiError('There is nothing to pay out.');
  const payout = payOut(call, { amount, currency, metadata: {}, automatic: true });
  tables.payoutLines[payout.id] = lines.map(({ id }) => id);
  return payout;
}

/** The bank sends it back: its money stands on the account again, and goes with the next payout. */
function fail(call: Call): Payout {
  const payout = payoutOf(call, call.ids[0] ?? '');
  if (payout.status === 'failed') throw new ApiError('This payout has come back already.');
  const { amount, currency, id: source } = payout;
  const line = book(call, { type: 'payout_failure', category: 'payout_reversal', amount, currency, source });
  Object.assign(payout, {
    status: 'failed',
    failure_balance_transaction: line.id,
    failure_code: 'account_closed',
    failure_message: 'The bank account has been closed',
  } satisfies Partial<Payout>);
  call.simulator.announce(call, 'payout.failed', payout);
  return payout;
}

function listPayouts(call: Call): object {
  const given = readParameters(call.parameters, { ...listParameters, expand: words });
  return listOf('/v1/payouts', Object.values(call.simulator.state.tables.payouts), given);
}

export const payoutRoutes: Route[] = [
  { method: 'POST', path: '/v1/payouts', answer: createPayout },
  { method: 'GET', path: '/v1/payouts', answer: listPayouts },
  { method: 'POST', path: '/simulator/payouts', answer: payOutAll },
  { method: 'POST', path: '/simulator/payouts/:id/fail', answer: fail },
];

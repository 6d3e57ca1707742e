import { invalidParameter, missingResource } from './api-error.ts';
import { integer, metadata, optionalText, readParameters, text, words } from './parameters.ts';
import { listParameters, listOf } from './lists.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { BalanceTransaction, Payout } from './wire-objects.ts';

// What the processor keeps of a charge: a share and a fixed part, as its price list for European cards says.
const FEE_BASIS_POINTS = 150;
const FEE_FIXED = 25;
/** What a dispute costs, whoever wins it. */
export const DISPUTE_FEE = 2000;
const SECONDS_UNTIL_AVAILABLE = 2 * 24 * 3600;

export const chargeFee = (amount: number): number =>
  Math.min(amount, Math.round((amount * FEE_BASIS_POINTS) / 10_000) + FEE_FIXED);

interface Entry {
  type: BalanceTransaction['type'];
  category: string;
  amount: number;
  currency: string;
  fee?: number;
  source: string;
}

/** Writes a line of the account. */
export function book(
  call: Call,
  { type, category, amount, currency, fee = 0, source }: Entry,
): BalanceTransaction {
  const { state } = call.simulator;
  const line: BalanceTransaction = {
    id: newId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: state.now() + SECONDS_UNTIL_AVAILABLE,
    created: state.now(),
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [{ amount: fee, application: null, currency, description: 'Processing fee', type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: category,
    source,
    status: 'pending',
    type,
  };
  state.tables.balanceTransactions[line.id] = line;
  return line;
}

function listTransactions(call: Call): object {
  const given = readParameters(call.parameters, {
    ...listParameters,
    payout: optionalText,
    source: optionalText,
    currency: optionalText,
    type: optionalText,
    expand: words,
  });
  const found = Object.values(call.simulator.state.tables.balanceTransactions)
    .filter(({ source }) => given.source === undefined || source === given.source)
    .filter(({ currency }) => given.currency === undefined || currency === given.currency)
    .filter(({ type }) => given.type === undefined || type === given.type);
  return listOf('/v1/balance_transactions', found, given);
}

export function balanceTransactionOf(call: Call, id: string): BalanceTransaction {
  const line = call.simulator.state.tables.balanceTransactions[id];
  if (line === undefined) throw missingResource('balance_transaction', id);
  return line;
}

/** Pays out what stands on the account in one currency, or the given part of it. */
function createPayout(call: Call): Payout {
  const given = readParameters(call.parameters, { amount: integer, currency: text, metadata });
  const { tables, now } = call.simulator.state;
  const balance = Object.values(tables.balanceTransactions)
    .filter(({ currency }) => currency === given.currency)
    .reduce((sum, { net }) => sum + net, 0);
  if (given.amount < 1 || given.amount > balance) {
    throw invalidParameter('You have insufficient funds for this payout.', 'amount', 'balance_insufficient');
  }
  const id = newId('po');
  const line = book(call, {
    type: 'payout',
    category: 'payout',
    amount: -given.amount,
    currency: given.currency,
    source: id,
  });
  const payout: Payout = {
    id,
    object: 'payout',
    amount: given.amount,
    arrival_date: now(),
    automatic: false,
    balance_transaction: line.id,
    created: now(),
    currency: given.currency,
    description: null,
    destination: null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: given.metadata,
    method: 'standard',
    original_payout: null,
    reconciliation_status: 'completed',
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

function listPayouts(call: Call): object {
  const given = readParameters(call.parameters, { ...listParameters, expand: words });
  return listOf('/v1/payouts', Object.values(call.simulator.state.tables.payouts), given);
}

export const balanceRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance_transactions', answer: listTransactions },
  {
    method: 'GET',
    path: '/v1/balance_transactions/:id',
    answer: (call) => balanceTransactionOf(call, call.ids[0] ?? ''),
  },
  { method: 'POST', path: '/v1/payouts', answer: createPayout },
  { method: 'GET', path: '/v1/payouts', answer: listPayouts },
];

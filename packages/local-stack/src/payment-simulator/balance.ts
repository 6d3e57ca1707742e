import { missingResource } from './api-error.ts';
import { expanded } from './expansion.ts';
import { optionalText, readParameters, words } from './parameters.ts';
import { linesOfPayout } from './payout-lines.ts';
import { listParameters, listOf } from './lists.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { BalanceTransaction } from './wire-objects.ts';

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
  const { tables } = call.simulator.state;
  const found = (
    given.payout === undefined ? Object.values(tables.balanceTransactions) : linesOfPayout(call, given.payout)
  )
    .filter(({ source }) => given.source === undefined || source === given.source)
    .filter(({ currency }) => given.currency === undefined || currency === given.currency)
    .filter(({ type }) => given.type === undefined || type === given.type);
  return expanded(tables, listOf('/v1/balance_transactions', found, given), given.expand);
}

export function balanceTransactionOf(call: Call, id: string): BalanceTransaction {
  const line = call.simulator.state.tables.balanceTransactions[id];
  if (line === undefined) throw missingResource('balance_transaction', id);
  return line;
}

export const balanceRoutes: Route[] = [
  { method: 'GET', path: '/v1/balance_transactions', answer: listTransactions },
  {
    method: 'GET',
    path: '/v1/balance_transactions/:id',
    answer: (call) => balanceTransactionOf(call, call.ids[0] ?? ''),
  },
];

import { ApiError, missingResource } from './api-error.ts';
import type { Call } from './routes.ts';
import type { BalanceTransaction, Payout } from './wire-objects.ts';

export function payoutOf(call: Call, id: string): Payout {
  const payout = call.simulator.state.tables.payouts[id];
  if (payout === undefined) throw missingResource('payout', id, 'payout');
  return payout;
}

/** What was paid out with it, and the line of the payout itself. */
export function linesOfPayout(call: Call, id: string): BalanceTransaction[] {
  const { tables } = call.simulator.state;
  const payout = payoutOf(call, id);
  if (!payout.automatic) {
    throw new ApiError(
      'Balance transaction history can only be filtered on automatic transfers, not manual.',
      {
        parameter: 'payout',
      },
    );
  }
  const ids = new Set([...(tables.payoutLines[id] ?? []), payout.balance_transaction]);
  return Object.values(tables.balanceTransactions).filter((line) => ids.has(line.id));
}

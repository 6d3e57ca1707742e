import { may } from '@kept/access-policy';
import { requireRecentSecondFactor } from '@kept/subgraph-kit';
import type { PaymentsContext } from '../context.ts';
import { findMandate } from '../payments/find-mandate.ts';
import { payOnce, type Answer } from '../payments/once.ts';
import type { ChargeBalanceInput } from '../schema-types.ts';
import { beginBalance, type BalanceRefusal } from './begin-balance.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;

/** Staff charge what is left of the price to the card whose holder agreed to that, and never more than they agreed to. */
export function chargeBalance(
  context: PaymentsContext,
  { bookingId, idempotencyKey: key }: ChargeBalanceInput,
): Promise<Answer<BalanceRefusal>> {
  requireRecentSecondFactor(context.caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  return payOnce<BalanceRefusal>(context, {
    operation: 'chargeBalance',
    key,
    request: { bookingId },
    begin: (tx) =>
      beginBalance(context, tx, {
        bookingId,
        tipMinor: 0n,
        isTheirs: (booking) => may(context.ability, 'charge', 'Booking', booking),
        payer: async (_tx, { booking: { clientId }, amountMinor, currency }) => {
          const charge = { clientId, bookingId, methodId: null, amountMinor, currency };
          const mandate = await findMandate(tx, { ...charge, use: 'BALANCE' });
          return mandate === null ? 'CONSENT_NEEDED' : { methodId: mandate.methodId, mandateId: mandate.id };
        },
      }),
  });
}

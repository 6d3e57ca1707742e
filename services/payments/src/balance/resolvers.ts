import { demandMoneyOfTheirs } from '../bookings/places-of-money.ts';
import type { Answer } from '../payments/once.ts';
import { DECLINED, isEnding, UNDER_WAY } from '../payments/resolvers.ts';
import type { Resolvers } from '../schema-types.ts';
import type { BalanceRefusal } from './begin-balance.ts';
import { chargeBalance } from './charge-balance.ts';
import { payBalance } from './pay-balance.ts';
import { resumePayment } from './resume-payment.ts';

const CONFLICT = {
  __typename: 'IdempotencyConflict',
  message: 'This key was used for a different request.',
} as const;

const NOTHING = {
  __typename: 'NothingDue',
  message: 'There is nothing to pay for this appointment.',
} as const;

/** Where a payment stands, as whoever asked for it is answered. */
function present<Done extends 'BalancePaid' | 'DepositAuthorized'>(
  answer: Answer<BalanceRefusal>,
  done: Done,
) {
  if (answer.kind === 'CONFLICT') return CONFLICT;
  if (answer.kind === 'REFUSED') return NOTHING;
  const { payment, clientSecret } = answer;
  switch (isEnding(payment) ? 'AUTHORIZING' : payment.status) {
    case 'CREATED':
    case 'AUTHORIZING':
      return { __typename: 'PaymentInProgress', payment, message: UNDER_WAY } as const;
    case 'REQUIRES_ACTION':
      return { __typename: 'PaymentRequiresAction', payment, clientSecret } as const;
    case 'FAILED':
    case 'ABANDONED':
    // Given up since: nothing is reserved, whatever it was when the key was used first.
    case 'VOIDING':
    case 'VOIDED':
    case 'AUTH_EXPIRED':
      return { __typename: 'PaymentDeclined', message: DECLINED } as const;
    default:
      return { __typename: done, payment };
  }
}

export const balanceResolvers: Resolvers = {
  Mutation: {
    payBalance: async (_root, { input }, context) => present(await payBalance(context, input), 'BalancePaid'),
    chargeBalance: async (_root, { input }, context) => {
      await demandMoneyOfTheirs(context, { what: 'booking', id: input.bookingId });
      const answer = await chargeBalance(context, input);
      if (answer.kind === 'REFUSED' && answer.reason === 'CONSENT_NEEDED') {
        const message =
          'The client has not agreed to this charge, or not to that much. Please ask them to pay.';
        return { __typename: 'ConsentMissing', message };
      }
      const shown = present(answer, 'BalancePaid');
      // The client is written to; staff have nothing to authenticate with.
      return shown.__typename === 'PaymentRequiresAction'
        ? { __typename: 'PaymentInProgress', payment: shown.payment, message: UNDER_WAY }
        : shown;
    },
    resumePayment: async (_root, { input }, context) =>
      present(await resumePayment(context, input), 'DepositAuthorized'),
  },
};

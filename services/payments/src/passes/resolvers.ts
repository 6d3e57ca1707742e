import { DECLINED, isEnding } from '../payments/resolvers.ts';
import type { Resolvers } from '../schema-types.ts';
import { buyPass, type PassRefusal } from './buy-pass.ts';

const REFUSALS: Readonly<Record<PassRefusal, string>> = {
  INVALID: 'This offer cannot be used. Please choose the pass again.',
  EXPIRED: 'This offer has ended. Please choose the pass again.',
  CURRENCY_NOT_SUPPORTED: 'This amount cannot be charged here in this currency.',
};

const CONFLICT = {
  __typename: 'IdempotencyConflict',
  message: 'This key was used for a different request.',
} as const;

const UNDER_WAY = 'Your payment for this pass is under way. Please look again in a moment.';

export const passResolvers: Resolvers = {
  Mutation: {
    buyPass: async (_root, { input }, context) => {
      const answer = await buyPass(context, input);
      if (answer.kind === 'CONFLICT') return CONFLICT;
      if (answer.kind === 'REFUSED') {
        const { reason } = answer;
        return { __typename: 'QuoteRefused', reason, message: REFUSALS[reason] };
      }
      const { payment, clientSecret } = answer;
      switch (isEnding(payment) ? 'AUTHORIZING' : payment.status) {
        case 'CREATED':
        case 'AUTHORIZING':
          return { __typename: 'PaymentInProgress', payment, message: UNDER_WAY };
        case 'REQUIRES_ACTION':
          return { __typename: 'PaymentRequiresAction', payment, clientSecret };
        case 'FAILED':
        case 'ABANDONED':
        // Somebody looked at it and would not take it: told as a bank would.
        case 'VOIDING':
        case 'VOIDED':
        case 'AUTH_EXPIRED':
          return { __typename: 'PaymentDeclined', message: DECLINED };
        default:
          return { __typename: 'PassPaid', payment };
      }
    },
  },
  Payment: {
    passPurchaseId: ({ passGrantId }) => passGrantId,
  },
};

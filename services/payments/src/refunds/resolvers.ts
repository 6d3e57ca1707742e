import { invariant } from '@kept/subgraph-kit';
import { demandMoneyOfTheirs } from '../bookings/places-of-money.ts';
import { money } from '../money/minor-units.ts';
import type { RefundRefusal, Resolvers } from '../schema-types.ts';
import { refundPayment } from './refund-payment.ts';

export const REFUSAL_SENTENCES: Readonly<Record<RefundRefusal, string>> = {
  NOT_CAPTURED: 'The money has not been taken, so there is nothing to give back.',
  AMOUNT_TOO_LARGE: 'That is more than what was taken and not yet given back.',
  DISPUTED: 'The bank is looking into this payment; it decides what goes back.',
  AMOUNT_NOT_POSSIBLE: 'This amount cannot be refunded in this currency.',
  PROVIDER_REFUSED: 'The payment provider refused the refund.',
  ABOVE_LIMIT: 'That is more than the front desk may ask for. Please ask billing.',
  ALREADY_REQUESTED: 'A colleague has still to decide about another request for this payment.',
};

export const refundResolvers: Resolvers = {
  Mutation: {
    refundPayment: async (_root, { input }, context) => {
      await demandMoneyOfTheirs(context, { what: 'payment', id: input.paymentId });
      const result = await refundPayment(context, input);
      switch (result.kind) {
        case 'REQUESTED':
          return { __typename: 'RefundRequested', refund: result.refund, payment: result.payment };
        case 'REFUSED':
          return {
            __typename: 'RefundRefused',
            reason: result.reason,
            message: REFUSAL_SENTENCES[result.reason],
          };
        case 'AWAITS_APPROVAL':
          return { __typename: 'RefundAwaitsApproval', request: result.request };
        case 'IN_PROGRESS':
          return {
            __typename: 'PaymentInProgress',
            payment: result.payment,
            message: 'Another step of this payment is under way. Please look again in a moment.',
          };
        case 'CONFLICT':
          return { __typename: 'IdempotencyConflict', message: 'This key was used for a different request.' };
      }
    },
  },
  Refund: {
    amount: async (refund, _arguments, { loaders }) => {
      const payment = await loaders.payment(refund.paymentId);
      invariant(payment, 'a refund goes together with its payment');
      return money(refund.amountMinor, payment.currency);
    },
  },
};

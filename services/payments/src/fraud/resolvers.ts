import { invariant } from '@kept/subgraph-kit';
import type { Resolvers } from '../schema-types.ts';
import { decidePaymentReview } from './decide-payment-review.ts';
import { readReviews } from './read-reviews.ts';

export const reviewResolvers: Resolvers = {
  Query: {
    paymentReviews: (_root, _arguments, context) => readReviews(context),
  },
  Mutation: {
    decidePaymentReview: async (_root, { input }, context) => {
      const result = await decidePaymentReview(context, input);
      switch (result.kind) {
        case 'DECIDED':
          return { __typename: 'PaymentReviewDecided', payment: result.payment };
        case 'NOT_OPEN':
          return {
            __typename: 'PaymentReviewNotOpen',
            message: 'This payment does not wait for a decision.',
          };
        case 'CONFLICT':
          return { __typename: 'IdempotencyConflict', message: 'This key was used for a different request.' };
      }
    },
  },
  PaymentReview: {
    payment: async ({ paymentId }, _arguments, { loaders }) => {
      const payment = paymentId === null ? undefined : await loaders.payment(paymentId);
      invariant(payment, 'only payments are reviewed, and a review goes together with its payment');
      return payment;
    },
  },
};

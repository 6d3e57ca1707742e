import { invariant } from '@kept/subgraph-kit';
import { demandMoneyOfTheirs } from '../bookings/places-of-money.ts';
import { inOrganization } from '../context.ts';
import { money } from '../money/minor-units.ts';
import type { RefundRequestRefusal, Resolvers } from '../schema-types.ts';
import { decideRefundRequest } from './decide-refund-request.ts';
import { readRequests } from './refund-request.ts';
import { requestRefund } from './request-refund.ts';
import { REFUSAL_SENTENCES } from './resolvers.ts';

const PAGE = 20;

const SENTENCES: Readonly<Record<RefundRequestRefusal, string>> = {
  OWN_REQUEST: 'Nobody decides about their own request. Please ask a colleague.',
  DECIDED: 'Somebody has decided about this request already.',
  EXPIRED: 'Nobody decided in time. Please ask for the refund again.',
  NOT_POSSIBLE: 'The payment has changed: so much cannot be given back any more.',
  STEP_UNDER_WAY: 'Another step of this payment is under way. Please try again in a moment.',
};

export const refundRequestResolvers: Resolvers = {
  Query: {
    refundRequests: (_root, { first, after, withDecided }, context) =>
      inOrganization(context, (tx) =>
        readRequests(tx, {
          first: first ?? PAGE,
          after: after ?? null,
          withDecided: withDecided ?? false,
          now: context.clock(),
        }),
      ),
  },
  Mutation: {
    requestRefund: async (_root, { input }, context) => {
      if (input.bookingId != null)
        await demandMoneyOfTheirs(context, { what: 'booking', id: input.bookingId });
      const result = await requestRefund(context, input);
      switch (result.kind) {
        case 'WAITING':
          return { __typename: 'RefundAwaitsApproval', request: result.request };
        case 'REFUSED': {
          const { reason } = result;
          return { __typename: 'RefundRefused', reason, message: REFUSAL_SENTENCES[reason] };
        }
        case 'CONFLICT':
          return { __typename: 'IdempotencyConflict', message: 'This key was used for a different request.' };
      }
    },
    decideRefundRequest: async (_root, { input }, context) => {
      const result = await decideRefundRequest(context, input);
      if (result.kind === 'DECIDED') return { __typename: 'RefundRequestDecided', request: result.request };
      const { reason } = result;
      return { __typename: 'RefundRequestRefused', reason, message: SENTENCES[reason] };
    },
  },
  RefundRequest: {
    amount: async ({ amountMinor, paymentId }, _arguments, { loaders }) => {
      const payment = await loaders.payment(paymentId);
      invariant(payment, 'a request goes together with its payment');
      return money(amountMinor, payment.currency);
    },
    payment: async ({ paymentId }, _arguments, { loaders }) => (await loaders.payment(paymentId)) ?? null,
  },
};

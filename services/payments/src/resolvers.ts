import { bookingResolvers } from './bookings/resolvers.ts';
import { ledgerResolvers } from './ledger/resolvers.ts';
import { paymentMethodResolvers } from './payment-methods/resolvers.ts';
import { paymentResolvers } from './payments/resolvers.ts';
import { refundResolvers } from './refunds/resolvers.ts';
import type { Resolvers } from './schema-types.ts';
import { statementResolvers } from './statements/resolvers.ts';

/** Every resolver of the subgraph, from the folder of its idea. */
export const resolvers: Resolvers = {
  ...bookingResolvers,
  ...ledgerResolvers,
  ...paymentMethodResolvers,
  ...paymentResolvers,
  ...refundResolvers,
  ...statementResolvers,
  Query: {
    ...ledgerResolvers.Query,
    ...paymentMethodResolvers.Query,
    ...paymentResolvers.Query,
    ...statementResolvers.Query,
  },
  Mutation: {
    ...paymentMethodResolvers.Mutation,
    ...paymentResolvers.Mutation,
    ...refundResolvers.Mutation,
    ...statementResolvers.Mutation,
  },
};

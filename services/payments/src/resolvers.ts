import { balanceResolvers } from './balance/resolvers.ts';
import { bookingResolvers } from './bookings/resolvers.ts';
import { discountResolvers } from './discounts/resolvers.ts';
import { disputeResolvers } from './disputes/resolvers.ts';
import { feeResolvers } from './fees/resolvers.ts';
import { reviewResolvers } from './fraud/resolvers.ts';
import { controlResolvers } from './controls/resolvers.ts';
import { ledgerResolvers } from './ledger/resolvers.ts';
import { passResolvers } from './passes/resolvers.ts';
import { paymentMethodResolvers } from './payment-methods/resolvers.ts';
import { paymentResolvers } from './payments/resolvers.ts';
import { policyResolvers } from './policy/resolvers.ts';
import { receiptResolvers } from './receipts/resolvers.ts';
import { reconciliationResolvers } from './reconciliation/resolvers.ts';
import { refundResolvers } from './refunds/resolvers.ts';
import { refundRequestResolvers } from './refunds/request-resolvers.ts';
import type { Resolvers } from './schema-types.ts';
import { statementResolvers } from './statements/resolvers.ts';

/** Every resolver of the subgraph, from the folder of its idea. */
export const resolvers: Resolvers = {
  ...balanceResolvers,
  ...bookingResolvers,
  ...disputeResolvers,
  ...feeResolvers,
  ...ledgerResolvers,
  ...passResolvers,
  ...paymentMethodResolvers,
  ...paymentResolvers,
  ...policyResolvers,
  ...receiptResolvers,
  ...reconciliationResolvers,
  ...refundResolvers,
  ...refundRequestResolvers,
  ...reviewResolvers,
  ...statementResolvers,
  // Three folders know something of a booking, and three of a payment.
  Booking: { ...bookingResolvers.Booking, ...discountResolvers.Booking, ...feeResolvers.Booking },
  Payment: { ...paymentResolvers.Payment, ...receiptResolvers.Payment, ...passResolvers.Payment },
  Query: {
    ...controlResolvers.Query,
    ...disputeResolvers.Query,
    ...ledgerResolvers.Query,
    ...paymentMethodResolvers.Query,
    ...paymentResolvers.Query,
    ...policyResolvers.Query,
    ...reconciliationResolvers.Query,
    ...refundRequestResolvers.Query,
    ...reviewResolvers.Query,
    ...statementResolvers.Query,
  },
  Mutation: {
    ...balanceResolvers.Mutation,
    ...discountResolvers.Mutation,
    ...disputeResolvers.Mutation,
    ...feeResolvers.Mutation,
    ...passResolvers.Mutation,
    ...paymentMethodResolvers.Mutation,
    ...paymentResolvers.Mutation,
    ...policyResolvers.Mutation,
    ...reconciliationResolvers.Mutation,
    ...refundResolvers.Mutation,
    ...refundRequestResolvers.Mutation,
    ...reviewResolvers.Mutation,
    ...statementResolvers.Mutation,
  },
};

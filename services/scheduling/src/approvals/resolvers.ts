import type { Resolvers } from '../schema-types.ts';
import { approve, decline } from './approve-booking.ts';
import { contestDecision } from './contest-decision.ts';
import { findBookingsToDecide, findContested, findDecisions } from './read-decisions.ts';

export const approvalResolvers: Resolvers = {
  Query: {
    bookingsToDecide: (_parent, { first }, context) => findBookingsToDecide(context, first),
    contestedDecisions: (_parent, { first }, context) => findContested(context, first),
  },
  Mutation: {
    approveBooking: (_parent, { input }, context) => approve(context, input),
    declineBooking: (_parent, { input }, context) => decline(context, input),
    contestDecision: (_parent, { input }, context) => contestDecision(context, input),
  },
  Booking: {
    decisions: (booking, _arguments, context) => findDecisions(context, booking),
  },
};

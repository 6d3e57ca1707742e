import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { findHistory, proveHistory } from './read-history.ts';

export const historyResolvers: Resolvers = {
  Query: {
    bookingHistory: (_parent, { bookingId }, context) => findHistory(context, readId(bookingId, 'bookingId')),
    bookingHistoryProof: (_parent, { bookingId }, context) =>
      proveHistory(context, readId(bookingId, 'bookingId')),
  },
  Booking: {
    history: (booking, _arguments, context) => findHistory(context, booking.id),
  },
};

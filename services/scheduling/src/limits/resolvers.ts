import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { listLimits } from './find-limits.ts';
import { removeBookingLimit } from './remove-booking-limit.ts';
import { setBookingLimit } from './set-booking-limit.ts';

export const limitResolvers: Resolvers = {
  Query: { bookingLimits: (_parent, _arguments, context) => inOrganization(context, listLimits) },
  Mutation: {
    setBookingLimit: (_parent, { input }, context) => setBookingLimit(context, input),
    removeBookingLimit: (_parent, { input }, context) => removeBookingLimit(context, input),
  },
};

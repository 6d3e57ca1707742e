import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { addDependent, readDependents, removeDependent } from './dependents.ts';
import { setAttendees } from './set-attendees.ts';

export const attendeeResolvers: Resolvers = {
  Query: {
    dependents: (_parent, _arguments, context) =>
      inOrganization(context, (tx) =>
        readDependents(tx, context.scheduling, { clientId: context.caller.accountId ?? '' }),
      ),
  },
  Mutation: {
    addDependent: (_parent, { input }, context) => addDependent(context, input),
    removeDependent: (_parent, { input }, context) => removeDependent(context, input),
    setAttendees: (_parent, { input }, context) => setAttendees(context, input),
  },
  Booking: {
    attendees: async (booking, _arguments, { loaders }) => (await loaders.attendees(booking.id)) ?? [],
  },
};

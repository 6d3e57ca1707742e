import { mayRead } from '@kept/access-policy';
import { invariant } from '@kept/subgraph-kit';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { addClosure } from './add-closure.ts';
import { addTimeOff } from './add-time-off.ts';
import { listClosures, listTimeOff } from './list-absences.ts';
import { readProviders } from './read-providers.ts';
import { removeClosure } from './remove-closure.ts';
import { removeTimeOff } from './remove-time-off.ts';
import { setDateOverride } from './set-date-override.ts';
import { setWeeklyRules } from './set-weekly-rules.ts';

export const providerResolvers: Resolvers = {
  Query: {
    providers: (_parent, { serviceId }, context) =>
      inOrganization(context, (tx) => readProviders(tx, { offering: readId(serviceId, 'serviceId') })),
    timeOff: (_parent, asked, context) => listTimeOff(context, asked),
    closures: (_parent, asked, context) => listClosures(context, asked),
  },
  Mutation: {
    setWeeklyRules: (_parent, { input }, context) => setWeeklyRules(context, input),
    setDateOverride: (_parent, { input }, context) => setDateOverride(context, input),
    addTimeOff: (_parent, { input }, context) => addTimeOff(context, input),
    removeTimeOff: (_parent, { input }, context) => removeTimeOff(context, input),
    addClosure: (_parent, { input }, context) => addClosure(context, input),
    removeClosure: (_parent, { input }, context) => removeClosure(context, input),
  },
  TimeTaken: {
    // Somebody may be booked at a branch that is none of the caller's.
    bookings: ({ bookings }, _arguments, { ability }) =>
      (bookings ?? []).filter((booking) => mayRead(ability, 'Booking', booking)),
  },
  TimeOff: {
    provider: async ({ providerId }, _arguments, { loaders }) => {
      const provider = await loaders.provider(providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
  },
  Provider: {
    __resolveReference: async ({ id }, { loaders }) => (await loaders.provider(readId(id, 'id'))) ?? null,
    staffMember: (provider) => ({ __typename: 'StaffMember', id: provider.id }),
  },
};

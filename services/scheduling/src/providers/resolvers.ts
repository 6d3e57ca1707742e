import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { readProviders } from './read-providers.ts';
import { setDateOverride } from './set-date-override.ts';
import { setWeeklyRules } from './set-weekly-rules.ts';

export const providerResolvers: Resolvers = {
  Query: {
    providers: (_parent, { serviceId }, context) =>
      inOrganization(context, (tx) => readProviders(tx, { offering: readId(serviceId, 'serviceId') })),
  },
  Mutation: {
    setWeeklyRules: (_parent, { input }, context) => setWeeklyRules(context, input),
    setDateOverride: (_parent, { input }, context) => setDateOverride(context, input),
  },
  Provider: {
    __resolveReference: async ({ id }, { loaders }) => (await loaders.provider(readId(id, 'id'))) ?? null,
    staffMember: (provider) => ({ __typename: 'StaffMember', id: provider.id }),
  },
};

import { accountResolvers } from './accounts/resolvers.ts';
import { factorResolvers } from './factors/resolvers.ts';
import { organizationResolvers } from './organizations/resolvers.ts';
import type { Resolvers } from './schema-types.ts';
import { sessionResolvers } from './sessions/resolvers.ts';
import { signInResolvers } from './sign-in/resolvers.ts';

/** Every resolver of the subgraph, from the folder of its idea. */
export const resolvers: Resolvers = {
  ...accountResolvers,
  ...factorResolvers,
  ...organizationResolvers,
  ...sessionResolvers,
  ...signInResolvers,
  Query: { ...accountResolvers.Query, ...organizationResolvers.Query },
  Mutation: {
    ...accountResolvers.Mutation,
    ...factorResolvers.Mutation,
    ...sessionResolvers.Mutation,
    ...signInResolvers.Mutation,
  },
};

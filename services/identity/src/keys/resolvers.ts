import type { Resolvers } from '../schema-types.ts';
import { rotateAllCredentials } from './rotate-all-credentials.ts';

const OVERLAP_MINUTES = 60;

export const keyResolvers = {
  Mutation: {
    rotateAllCredentials: async (_parent, { input }, { identity, caller }) => {
      const overlapMinutes = input.overlapMinutes ?? OVERLAP_MINUTES;
      const rotation = await rotateAllCredentials(identity, { caller, input: { ...input, overlapMinutes } });
      const serviceKeys = rotation.serviceKeys.map((made) => ({
        ...made,
        serviceAccountId: made.key.accountId,
      }));
      return { ...rotation, serviceKeys };
    },
  },
} satisfies Resolvers;

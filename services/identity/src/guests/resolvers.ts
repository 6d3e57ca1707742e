import { CODE_REFUSED } from '../accounts/resolvers.ts';
import type { Resolvers } from '../schema-types.ts';
import { confirmGuest } from './confirm-guest.ts';
import { startGuest } from './start-guest.ts';

export const guestResolvers = {
  Mutation: {
    guestStart: (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return startGuest(identity, { caller, input });
    },
    guestConfirm: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const session = await confirmGuest(identity, { caller, input });
      return session
        ? { __typename: 'SessionIssued', ...session }
        : { __typename: 'CodeRefused', message: CODE_REFUSED };
    },
  },
} satisfies Resolvers;

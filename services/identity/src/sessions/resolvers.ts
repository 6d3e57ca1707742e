import type { Resolvers } from '../schema-types.ts';
import { refreshSession } from './refresh-session.ts';
import { signOut, signOutEverywhere } from './sign-out.ts';

export const sessionResolvers = {
  Mutation: {
    refreshSession: async (_parent, { refreshToken }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const outcome = await refreshSession(identity, { caller, refreshToken });
      return 'ended' in outcome
        ? { __typename: 'SessionEnded', message: outcome.ended }
        : { __typename: 'SessionIssued', ...outcome };
    },
    signOut: (_parent, _arguments, { identity, caller }) => signOut(identity, caller),
    signOutEverywhere: (_parent, _arguments, { identity, caller }) => signOutEverywhere(identity, caller),
  },
  Session: {
    current: ({ id }, _arguments, { caller }) => id === caller.sessionId,
  },
} satisfies Resolvers;

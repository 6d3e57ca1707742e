import type { Resolvers } from '../schema-types.ts';
import { checkMessage } from './check-message.ts';

export const messageResolvers = {
  Query: {
    checkMessage: (_parent, { code }, { identity, caller }) => checkMessage(identity, { caller, code }),
  },
} satisfies Resolvers;

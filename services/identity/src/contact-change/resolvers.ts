import type { Resolvers } from '../schema-types.ts';
import { confirmContactChange } from './confirm-contact-change.ts';
import { startContactChange } from './start-contact-change.ts';
import { undoContactChange } from './undo-contact-change.ts';

const CODE_REFUSED = 'That code is not right, was used already or is too old. Ask for a new one.';

export const contactChangeResolvers = {
  Mutation: {
    changeContact: (_parent, { input }, { identity, caller }) =>
      startContactChange(identity, { caller, email: input.email }),
    confirmContactChange: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const changed = await confirmContactChange(identity, { caller, input });
      return changed
        ? { __typename: 'ContactChanged', ...changed }
        : { __typename: 'CodeRefused', message: CODE_REFUSED };
    },
    undoContactChange: async (_parent, { token }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return { undone: await undoContactChange(identity, { caller, token }) };
    },
  },
} satisfies Resolvers;

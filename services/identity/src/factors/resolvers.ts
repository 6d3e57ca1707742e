import type { Resolvers } from '../schema-types.ts';
import { confirmEnrolment, startEnrolment } from './enrol-authenticator.ts';
import { removeAuthenticator } from './remove-authenticator.ts';

const REFUSALS = {
  code: 'That code is not right, or was used already. Wait for the next one your authenticator shows.',
  locked: 'There were too many wrong codes. Please try again later.',
} as const;

export const factorResolvers = {
  Mutation: {
    totpEnrollmentStart: (_parent, { flow }, { identity, caller }) =>
      startEnrolment(identity, { caller, flow: flow ?? null }),
    totpEnrollmentConfirm: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const enrolled = await confirmEnrolment(identity, {
        caller,
        input: { flow: input.flow ?? null, code: input.code },
      });
      return enrolled
        ? { __typename: 'TotpEnrolled', ...enrolled }
        : {
            __typename: 'CodeRefused',
            message: 'That code is not right. Enter the newest one your authenticator shows.',
          };
    },
    totpRemove: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const removal = await removeAuthenticator(identity, { caller, code: input.code });
      return 'removedAt' in removal
        ? { __typename: 'TotpRemoved', ...removal }
        : { __typename: 'CodeRefused', message: REFUSALS[removal.refused] };
    },
  },
} satisfies Resolvers;

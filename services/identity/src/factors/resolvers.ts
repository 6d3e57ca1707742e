import type { Resolvers } from '../schema-types.ts';
import { confirmEnrolment, startEnrolment } from './enrol-authenticator.ts';

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
  },
} satisfies Resolvers;

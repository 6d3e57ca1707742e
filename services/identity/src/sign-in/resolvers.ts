import type { Resolvers, ResolversTypes } from '../schema-types.ts';
import { answerChallenge } from './answer-challenge.ts';
import { prepareChallenge } from './prepare-challenge.ts';
import type { SignInStep } from './sign-in-step.ts';
import { startSignIn } from './start-sign-in.ts';

/** A step in the words of the schema. */
function presentStep(step: SignInStep): ResolversTypes['SignInStep'] {
  switch (step.step) {
    case 'SESSION_ISSUED':
      return { __typename: 'SessionIssued', ...step.session };
    case 'CHALLENGE_REQUIRED':
      return { __typename: 'ChallengeRequired', flow: step.flow, factors: [...step.factors] };
    case 'ENROLLMENT_REQUIRED':
      return { __typename: 'EnrollmentRequired', flow: step.flow };
    case 'REJECTED':
      return {
        __typename: 'SignInRejected',
        code: step.code,
        message: step.message,
        retryAfterSeconds: step.retryAfterSeconds,
      };
  }
}

export const signInResolvers = {
  Mutation: {
    signInStart: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return presentStep(await startSignIn(identity, { caller, input }));
    },
    challengePrepare: (_parent, { flow, factor }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return prepareChallenge(identity, { caller, flow, factor });
    },
    challengeAnswer: async (_parent, answer, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return presentStep(await answerChallenge(identity, { caller, answer }));
    },
  },
} satisfies Resolvers;

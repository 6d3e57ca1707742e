import type { Resolvers } from '../schema-types.ts';
import { answerChallenge } from './answer-challenge.ts';
import { prepareChallenge } from './prepare-challenge.ts';
import { presentStep } from './present-step.ts';
import { startSignIn } from './start-sign-in.ts';

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

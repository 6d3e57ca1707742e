import { CODE_REFUSED } from '../accounts/resolvers.ts';
import type { Resolvers } from '../schema-types.ts';
import { startStepUp } from '../step-up/start-step-up.ts';
import { disableCodeFactor, enableCodeFactor } from './change-code-factor.ts';
import { finishPhoneConfirmation, startPhoneConfirmation } from './confirm-phone.ts';

export const codeFactorResolvers = {
  Mutation: {
    phoneConfirmationStart: (_parent, _arguments, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return startPhoneConfirmation(identity, caller);
    },
    phoneConfirmationFinish: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const confirmed = await finishPhoneConfirmation(identity, { caller, input });
      return confirmed
        ? { __typename: 'PhoneConfirmed', ...confirmed }
        : { __typename: 'CodeRefused', message: CODE_REFUSED };
    },
    codeFactorEnable: (_parent, { factor }, { identity, caller }) =>
      enableCodeFactor(identity, { caller, factor }),
    codeFactorDisable: (_parent, { factor }, { identity, caller }) =>
      disableCodeFactor(identity, { caller, factor }),
    stepUpStart: async (_parent, { operationHash }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const begun = await startStepUp(identity, { caller, operationHash: operationHash ?? null });
      return { flow: begun.flow, factors: [...begun.factors] };
    },
  },
} satisfies Resolvers;

import type { Resolvers } from '../../schema-types.ts';
import { renewRecoveryCodes } from '../renew-recovery-codes.ts';
import { removeStaffFactors } from './remove-staff-factors.ts';
import { restoreFactor } from './restore-factor.ts';

const RESTORED =
  'Your authenticator is back and all sessions were ended. Sign in with it; you will be asked for a new password.';
const NOT_GOOD =
  'This link is too old or is not one of ours. Please sign in and look at your factors, or tell the business.';

export const factorChangeResolvers = {
  Mutation: {
    factorRestore: async (_parent, { token }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const restored = await restoreFactor(identity, { caller, token });
      return { restored, message: restored ? RESTORED : NOT_GOOD };
    },
    recoveryCodesRenew: async (_parent, _arguments, { identity, caller }) => ({
      recoveryCodes: await renewRecoveryCodes(identity, caller),
    }),
    staffFactorsRemove: (_parent, { input }, { identity, caller }) =>
      removeStaffFactors(identity, { caller, id: input.id, reason: input.reason }),
  },
} satisfies Resolvers;

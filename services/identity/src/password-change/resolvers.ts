import { CODE_REFUSED } from '../accounts/resolvers.ts';
import { organizationOf } from '../identity.ts';
import { confirmPasswordReset } from '../password-reset/confirm-password-reset.ts';
import { startPasswordReset } from '../password-reset/start-password-reset.ts';
import { readPasswordPolicy } from '../passwords/organization-policy.ts';
import { readPasswordHealth } from '../passwords/password-health.ts';
import { PASSWORD_CODE_POINTS_MAX, PASSWORD_CODE_POINTS_MIN } from '../passwords/password-policy.ts';
import { EARLIER_PASSWORDS_KEPT } from '../passwords/set-password.ts';
import type { Resolvers } from '../schema-types.ts';
import { presentEnd } from '../sign-in/present-step.ts';
import { changeExpiredPassword } from './change-expired-password.ts';
import { changePassword } from './change-password.ts';
import { passwordRulesHint } from './password-rules-hint.ts';
import { setPasswordPolicy } from './set-password-policy.ts';

const WRONG = 'That is not your password. Please try again.';

export const passwordResolvers = {
  Query: {
    passwordPolicy: (_parent, _arguments, { identity, caller }) =>
      identity.database.transaction(organizationOf(caller), readPasswordPolicy),
    passwordHealth: (_parent, _arguments, { identity, caller }) =>
      identity.database.transaction(organizationOf(caller), readPasswordHealth),
  },
  Mutation: {
    changePassword: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const changed = await changePassword(identity, { caller, input });
      if ('wrong' in changed) return { __typename: 'PasswordWrong', message: WRONG };
      if ('refused' in changed) return { __typename: 'PasswordRefused', reasons: [...changed.refused] };
      return { __typename: 'PasswordChanged', ...changed };
    },
    changeExpiredPassword: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const changed = await changeExpiredPassword(identity, { caller, input });
      if ('refused' in changed) return { __typename: 'PasswordRefused', reasons: [...changed.refused] };
      return presentEnd(changed);
    },
    passwordResetStart: (_parent, { email }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return startPasswordReset(identity, { caller, email });
    },
    passwordResetConfirm: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const reset = await confirmPasswordReset(identity, { caller, input });
      if ('wrong' in reset) return { __typename: 'CodeRefused', message: CODE_REFUSED };
      if ('refused' in reset) return { __typename: 'PasswordRefused', reasons: [...reset.refused] };
      return { __typename: 'PasswordChanged', changedAt: reset.resetAt };
    },
    setPasswordPolicy: (_parent, { input }, context) => setPasswordPolicy(context.identity, context, input),
  },
  PasswordPolicy: {
    lengthMin: () => PASSWORD_CODE_POINTS_MIN,
    lengthMax: () => PASSWORD_CODE_POINTS_MAX,
    history: () => EARLIER_PASSWORDS_KEPT + 1,
    passwordRules: ({ profile }) => passwordRulesHint(profile),
  },
} satisfies Resolvers;

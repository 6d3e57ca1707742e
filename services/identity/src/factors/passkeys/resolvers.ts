import type { Resolvers } from '../../schema-types.ts';
import { presentStep } from '../../sign-in/present-step.ts';
import { removePasskey, renamePasskey } from './change-passkeys.ts';
import { finishPasskeyRegistration, startPasskeyRegistration } from './register-passkey.ts';
import { finishPasskeySignIn, startPasskeySignIn } from './sign-in-with-passkey.ts';

const NOT_REGISTERED =
  'This passkey cannot be used: it is registered already, or it took too long. Please begin again.';

export const passkeyResolvers = {
  Mutation: {
    passkeyRegistrationStart: (_parent, { flow }, { identity, caller }) =>
      startPasskeyRegistration(identity, { caller, flow: flow ?? null }),
    passkeyRegistrationFinish: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const { flow, name, ...passkey } = input;
      const registered = await finishPasskeyRegistration(identity, {
        caller,
        input: { flow, name, passkey },
      });
      return registered
        ? { __typename: 'PasskeyRegistered', ...registered }
        : { __typename: 'PasskeyNotRegistered', message: NOT_REGISTERED };
    },
    passkeyRename: (_parent, { id, name }, { identity, caller }) =>
      renamePasskey(identity, { caller, id, name }),
    passkeyRemove: (_parent, { id }, { identity, caller }) => removePasskey(identity, { caller, id }),
    passkeySignInStart: (_parent, { clientType }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return startPasskeySignIn(identity, { caller, clientType: clientType ?? 'WEB' });
    },
    passkeySignInFinish: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      return presentStep(await finishPasskeySignIn(identity, { caller, input }));
    },
  },
} satisfies Resolvers;

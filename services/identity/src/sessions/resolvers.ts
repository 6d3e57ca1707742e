import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import {
  endOwnSession,
  endSessionOfStaff,
  forgetAllDevices,
  forgetDevice,
  requireStaff,
} from './end-session.ts';
import { listSessions } from './list-sessions.ts';
import { refreshSession } from './refresh-session.ts';
import { signOut, signOutEverywhere } from './sign-out.ts';

export const sessionResolvers = {
  Query: {
    staffSessions: (_parent, { accountId }, { identity, caller, clock }) =>
      identity.database.transaction(organizationOf(caller), async (tx) => {
        await requireStaff(tx, caller, accountId);
        return listSessions(identity, tx, { accountId, now: clock() });
      }),
  },
  Mutation: {
    refreshSession: async (
      _parent,
      { refreshToken, deviceToken = null, activity },
      { identity, caller, countAuthentication },
    ) => {
      countAuthentication();
      const outcome = await refreshSession(identity, { caller, refreshToken, deviceToken, activity });
      return 'ended' in outcome
        ? { __typename: 'SessionEnded', message: outcome.ended }
        : { __typename: 'SessionIssued', ...outcome };
    },
    signOut: (_parent, _arguments, { identity, caller }) => signOut(identity, caller),
    signOutEverywhere: (_parent, _arguments, { identity, caller }) => signOutEverywhere(identity, caller),
    endSession: (_parent, { id }, { identity, caller }) => endOwnSession(identity, caller, id),
    forgetDevice: (_parent, { id }, { identity, caller }) => forgetDevice(identity, caller, id),
    forgetAllDevices: (_parent, _arguments, { identity, caller }) => forgetAllDevices(identity, caller),
    endStaffSession: (_parent, { input }, context) => endSessionOfStaff(context.identity, context, input),
  },
  Session: {
    current: ({ id }, _arguments, { caller }) => id === caller.sessionId,
  },
  Device: {
    current: ({ id }, _arguments, { caller }) => id === caller.deviceId,
  },
} satisfies Resolvers;

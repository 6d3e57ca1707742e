import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { presentWork } from './present-work.ts';
import { confirmUnlock, requestUnlock } from './request-unlock.ts';
import {
  approveUnlock,
  listUnlockings,
  lockAccountByManager,
  unlockAccount,
  type Unlocking,
} from './unlock-account.ts';

const ASKED =
  'If there is an account with this address, an unlock link is on its way to it. Open it on this device within fifteen minutes.';
const OVER =
  'This link is of no use on this device, was used already, or came too late. Please ask for a new one here.';
const OPENED = 'This device is unlocked. Please sign in now with your password.';

const presentUnlocking = (unlocking: Unlocking) => ({
  ...unlocking,
  state: unlocking.unlockedAt === null ? ('AWAITING_APPROVAL' as const) : ('UNLOCKED' as const),
});

export const lockoutResolvers = {
  Query: {
    unlocksAwaitingApproval: async (_parent, _arguments, { identity, caller }) => {
      const waiting = await identity.database.transaction(organizationOf(caller), (tx) =>
        listUnlockings(tx, identity.clock()),
      );
      return waiting.map(presentUnlocking);
    },
  },
  Mutation: {
    unlockRequest: async (_parent, { email, proofOfWork }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const answer = await requestUnlock(identity, { caller, email, proofOfWork: proofOfWork ?? null });
      return 'challenge' in answer
        ? presentWork(answer)
        : { __typename: 'UnlockRequested', message: ASKED, ...answer };
    },
    unlockConfirm: async (_parent, { flow, token }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      if (await confirmUnlock(identity, { caller, flow, token }))
        return { __typename: 'DeviceUnlocked', message: OPENED };
      return { __typename: 'SignInRejected', code: 'FLOW_EXPIRED', message: OVER, retryAfterSeconds: null };
    },
    unlockAccount: async (_parent, { accountId, reason }, { identity, caller }) =>
      presentUnlocking(await unlockAccount(identity, { caller, accountId, reason })),
    approveUnlock: async (_parent, { id }, { identity, caller }) =>
      presentUnlocking(await approveUnlock(identity, { caller, id })),
    lockAccount: (_parent, { accountId, reason }, { identity, caller }) =>
      lockAccountByManager(identity, { caller, accountId, reason }),
  },
} satisfies Resolvers;

import type { Resolvers } from '../schema-types.ts';
import { dismissNudge } from './dismiss-nudge.ts';
import { listNudges } from './list-nudges.ts';

export const nudgeResolvers = {
  Mutation: {
    securityNudgeDismiss: (_parent, { kind }, { identity, caller }) =>
      dismissNudge(identity, { caller, kind }),
  },
  Viewer: {
    securityNudges: ({ organizationId, accountId }, _arguments, { identity, clock }) =>
      identity.database.transaction(organizationId, (tx) => listNudges(tx, { accountId, now: clock() })),
  },
} satisfies Resolvers;

import { refused } from '@kept/subgraph-kit';
import type { Resolvers } from '../schema-types.ts';
import { notMe } from './not-me.ts';
import { reportActivity } from './report-activity.ts';
import { closeCase, listCases } from './security-cases.ts';

const RECEIVED =
  'Thank you. We ended what the message told of, and somebody looks at it. Please choose a new password the next time.';
const NOT_GOOD =
  'This link was used already, is too old or is not one of ours. If something is wrong, please tell the business.';
const PAGE_MAX = 100;

export const noticeResolvers = {
  Query: {
    securityCases: (_parent, { first, openOnly }, { identity, caller }) => {
      const count = first ?? 50;
      if (count < 1 || count > PAGE_MAX)
        throw refused.badInput(`Ask for 1 to ${PAGE_MAX} at a time.`, { field: 'first' });
      return listCases(identity, caller, { first: count, openOnly: openOnly ?? true });
    },
  },
  Mutation: {
    notMe: async (_parent, { token }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const received = await notMe(identity, { caller, token });
      return { received, message: received ? RECEIVED : NOT_GOOD };
    },
    reportSuspiciousActivity: (_parent, { input }, { identity, caller }) =>
      reportActivity(identity, { caller, kind: input.kind, text: input.text ?? null }),
    closeSecurityCase: (_parent, { id, finding }, { identity, caller }) =>
      closeCase(identity, { caller, id, finding }),
  },
} satisfies Resolvers;

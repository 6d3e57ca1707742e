import { refused } from '@kept/subgraph-kit';
import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { listAssessments } from './read-assessments.ts';
import { readRiskPolicy } from './read-policy.ts';
import type { RiskPolicy } from './risk-policy.ts';
import { RISK_REASONS } from './risk-reason.ts';
import { setRiskPolicy } from './set-risk-policy.ts';

const PAGE_MAX = 100;

const present = ({ mode, weights, ...policy }: RiskPolicy) => ({
  ...policy,
  staffMode: mode.STAFF,
  clientMode: mode.CLIENT,
  weights: RISK_REASONS.map((reason) => ({ reason, points: weights[reason] })),
});

export const riskResolvers = {
  Query: {
    riskPolicy: async (_parent, _arguments, { identity, caller }) =>
      present(await identity.database.transaction(organizationOf(caller), readRiskPolicy)),
    riskAssessments: async (_parent, { first, accountId }, { identity, caller }) => {
      const count = first ?? 50;
      if (count < 1 || count > PAGE_MAX)
        throw refused.badInput(`Ask for 1 to ${PAGE_MAX} at a time.`, { field: 'first' });
      const found = await listAssessments(identity, caller, { first: count, accountId: accountId ?? null });
      return found.map((assessment) => ({ ...assessment, reasons: [...assessment.reasons] }));
    },
  },
  Mutation: {
    setRiskPolicy: async (_parent, { input }, { identity, caller }) =>
      present(await setRiskPolicy(identity, { caller, change: input })),
  },
} satisfies Resolvers;

import { refused } from '@kept/subgraph-kit';
import type { Resolvers } from '../schema-types.ts';
import { listCampaigns, startCampaign, type Campaign } from './start-campaign.ts';

const PAGE_MAX = 50;
const present = ({ texts, ...campaign }: Campaign) => ({ ...campaign, texts: [...texts] });

export const campaignResolvers = {
  Query: {
    securityUpdates: async (_parent, { first }, { identity, caller }) => {
      const count = first ?? 20;
      if (count < 1 || count > PAGE_MAX)
        throw refused.badInput(`Ask for 1 to ${PAGE_MAX} at a time.`, { field: 'first' });
      return (await listCampaigns(identity, caller, count)).map(present);
    },
  },
  Mutation: {
    sendSecurityUpdate: async (_parent, { input }, { identity, caller }) =>
      present(await startCampaign(identity, { caller, texts: input.texts })),
  },
} satisfies Resolvers;

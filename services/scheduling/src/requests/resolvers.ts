import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { issueChallenge } from './challenge.ts';
import { claimSlot } from './claim-slot.ts';
import { workFor } from './difficulty.ts';
import { requestSlot } from './request-slot.ts';
import { readLoad } from './spend-proof.ts';

export const requestResolvers = {
  Query: {
    bookingChallenge: async (_parent, _arguments, context) => {
      const now = context.clock();
      const { secrets, workAtRest } = context.scheduling.requests;
      const load = await inOrganization(context, (tx) => readLoad(tx, now));
      const organizationId = context.caller.organizationId ?? '';
      return issueChallenge(secrets, { organizationId, work: workFor(load, workAtRest), now });
    },
  },
  Mutation: {
    requestSlot: (_parent, { input }, context) => requestSlot(context, input),
    claimSlot: (_parent, { input }, context) => claimSlot(context, input),
  },
} satisfies Resolvers;

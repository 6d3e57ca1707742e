import { inOrganization } from '../context.ts';
import { money } from '../money/minor-units.ts';
import type { DisputeEvidenceRefusal, Resolvers } from '../schema-types.ts';
import { readDisputes } from './read-disputes.ts';
import { sendEvidence } from './send-evidence.ts';

const PAGE = 20;

const SENTENCES: Readonly<Record<DisputeEvidenceRefusal, string>> = {
  ENDED: 'The bank has decided already; it takes no more evidence.',
  TOO_LATE: 'The time in which the bank takes evidence is over.',
};

export const disputeResolvers: Resolvers = {
  Query: {
    disputes: (_root, { first, after, withEnded }, context) =>
      inOrganization(context, (tx) =>
        readDisputes(tx, { first: first ?? PAGE, after: after ?? null, withEnded: withEnded ?? false }),
      ),
  },
  Mutation: {
    sendDisputeEvidence: async (_root, { input }, context) => {
      const result = await sendEvidence(context, input.disputeId);
      return result.kind === 'SENT'
        ? ({ __typename: 'DisputeEvidenceSent', dispute: result.dispute } as const)
        : ({
            __typename: 'DisputeEvidenceRefused',
            reason: result.reason,
            message: SENTENCES[result.reason],
          } as const);
    },
  },
  Dispute: {
    amount: ({ amountMinor, currency }) => money(amountMinor, currency),
    payment: async ({ paymentId }, _arguments, { loaders }) => (await loaders.payment(paymentId)) ?? null,
    evidence: async ({ paymentId, evidenceSentAt }, _arguments, { loaders, clock }) => {
      const bookingId = (await loaders.payment(paymentId))?.bookingId ?? null;
      return bookingId === null ? [] : loaders.evidence({ bookingId, until: evidenceSentAt ?? clock() });
    },
  },
};

import { inOrganization } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { readIncidents } from './read-incidents.ts';
import { resolveIncident } from './resolve-incident.ts';

const PAGE = 20;

export const reconciliationResolvers: Resolvers = {
  Query: {
    paymentIncidents: (_root, { first, after, withResolved }, context) =>
      inOrganization(context, (tx) =>
        readIncidents(tx, {
          first: first ?? PAGE,
          after: after ?? null,
          withResolved: withResolved ?? false,
        }),
      ),
  },
  Mutation: {
    resolvePaymentIncident: async (_root, { input }, context) => {
      const result = await resolveIncident(context, input);
      if (result.kind === 'CONFLICT') {
        return {
          __typename: 'IdempotencyConflict',
          message: 'This key was used for a different request.',
        } as const;
      }
      const { incident } = result;
      if (result.kind === 'RESOLVED') return { __typename: 'PaymentIncidentResolved', incident } as const;
      const message = 'This incident has already ended.';
      return { __typename: 'PaymentIncidentEnded', incident, message } as const;
    },
  },
  PaymentIncident: {
    payment: async ({ paymentId }, _arguments, { loaders }) =>
      paymentId === null ? null : ((await loaders.payment(paymentId)) ?? null),
  },
};

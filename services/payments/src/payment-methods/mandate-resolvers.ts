import { refused } from '@kept/subgraph-kit';
import { money } from '../money/minor-units.ts';
import type { Resolvers } from '../schema-types.ts';
import { acceptMandate, readTerms } from './accept-mandate.ts';
import type { MandateTerms } from './mandate-terms.ts';

const REFUSED = {
  INVALID: 'This offer cannot be used here.',
  EXPIRED: 'The slot is no longer held. Please choose it again.',
} as const;

const shown = ({ sha256, uses, currency, ...terms }: MandateTerms) => ({
  ...terms,
  sha256: sha256.toString('hex'),
  uses: uses.map(({ use, maxAmountMinor }) => ({ use, maxAmount: money(maxAmountMinor, currency) })),
});

export const mandateResolvers = {
  Query: {
    mandateTerms: (_root, { input }, context) => {
      const terms = readTerms(context, input);
      return terms === null ? null : shown(terms);
    },
  },
  Mutation: {
    acceptMandate: async (_root, { input }, context) => {
      const result = await acceptMandate(context, input);
      switch (result.kind) {
        case 'ACCEPTED':
          return {
            __typename: 'MandateAccepted',
            mandateIds: result.mandateIds,
            terms: shown(result.terms),
          };
        case 'CHANGED':
          return {
            __typename: 'MandateTermsChanged',
            terms: shown(result.terms),
            message: 'The words have changed since they were shown. Please read them again.',
          };
        case 'REFUSED':
          return { __typename: 'QuoteRefused', reason: result.reason, message: REFUSED[result.reason] };
        case 'NOTHING_TO_ACCEPT':
          throw refused.badInput('This offer asks for nothing that has to be agreed to.', {
            field: 'input.quote',
          });
        case 'CONFLICT':
          return { __typename: 'IdempotencyConflict', message: 'This key was used for a different request.' };
      }
    },
  },
} satisfies Resolvers;

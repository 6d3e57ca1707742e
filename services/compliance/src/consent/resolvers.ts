import { inOrganization } from '../context.ts';
import type { ConsentResult, Resolvers, ResolversTypes } from '../schema-types.ts';
import { Consent } from './consent.ts';
import { giveConsent, withdrawConsent } from './give-consent.ts';
import type { ConsentOutcome } from './give-consent.ts';
import { publishPolicy } from './publish-policy.ts';
import { purposeOf } from './purposes.ts';
import { currentDocument } from './read-documents.ts';

const CONSENTS_MAX = 100;
const conflict = {
  __typename: 'IdempotencyConflict' as const,
  message: 'This was already used for something else. Please try again.',
};

export const consentResolvers: Resolvers = {
  Query: {
    policyDocument: (_parent, { purpose, language }, context) =>
      inOrganization(context, async (tx) =>
        purposeOf(purpose) === undefined ? null : currentDocument(tx, { purpose, language }),
      ),
    consents: (_parent, _args, context) =>
      inOrganization(context, (tx) =>
        tx.manager.find(Consent, {
          where: { organizationId: tx.organizationId ?? '', clientId: context.caller.accountId ?? '' },
          order: { purpose: 'ASC', channel: 'ASC' },
          take: CONSENTS_MAX,
        }),
      ),
  },
  Mutation: {
    giveConsent: async (_parent, { input }, context) => present(await giveConsent(context, input)),
    withdrawConsent: async (_parent, { input }, context) => present(await withdrawConsent(context, input)),
    publishPolicy: async (_parent, { input }, context) => {
      const document = await publishPolicy(context, input);
      return document === null ? conflict : { __typename: 'PolicyPublished', document };
    },
  },
  PolicyDocument: {
    needsConsent: ({ purpose }) => (purposeOf(purpose)?.basis ?? 'contract') !== 'contract',
  },
};

type PresentedConsent = Exclude<Awaited<ResolversTypes['ConsentResult']>, undefined> &
  Pick<ConsentResult, '__typename'>;

function present(result: ConsentOutcome): PresentedConsent {
  switch (result.outcome) {
    case 'recorded':
      return { __typename: 'ConsentRecorded', consent: result.consent, receiptId: result.receiptId };
    case 'outdated':
      return {
        __typename: 'DocumentOutdated',
        message: 'The text has changed since it was shown. Please read it again.',
        current: result.current,
      };
    case 'conflict':
      return conflict;
  }
}

import { invariant, refused } from '@kept/subgraph-kit';
import { organizationOf } from '../identity.ts';
import type { IdentityContext } from '../context.ts';
import type { Person } from '../accounts/read-people.ts';
import type { Resolvers } from '../schema-types.ts';
import { endEmergencyAccess } from './end-emergency-access.ts';
import { listEmergencyAccesses } from './read-emergency-accesses.ts';
import { reviewEmergencyAccess } from './review-emergency-access.ts';
import { startEmergencyAccess } from './start-emergency-access.ts';

const PAGE_MAX = 100;
// The schema's own default; the generated types do not know of it.
const HALF_AN_HOUR = 30;
const OVERDUE =
  'Nobody has reviewed your last emergency access, so no other can be opened. Ask somebody with the role COMPLIANCE to review it.';

async function staffMember({ person }: IdentityContext, id: string): Promise<Person> {
  const found = await person(id);
  invariant(found, 'an emergency access goes with its account');
  return found;
}

export const emergencyAccessResolvers = {
  Query: {
    emergencyAccesses: async (_parent, { first, after, unreviewedOnly }, { identity, caller }) => {
      if (first < 1 || first > PAGE_MAX) {
        throw refused.badInput(`Ask for 1 to ${PAGE_MAX} at a time.`, { field: 'first' });
      }
      const page = { first, after: after ?? undefined, unreviewedOnly };
      const accesses = await identity.database.transaction(organizationOf(caller), (tx) =>
        listEmergencyAccesses(identity, tx, page),
      );
      return { accesses, endCursor: accesses.length < first ? null : (accesses.at(-1)?.id ?? null) };
    },
  },
  Mutation: {
    startEmergencyAccess: async (_parent, { input: { reason, minutes } }, context) => {
      const outcome = await startEmergencyAccess(context.identity, context, {
        reason,
        minutes: minutes ?? HALF_AN_HOUR,
      });
      return 'access' in outcome
        ? { __typename: 'EmergencyAccessStarted', ...outcome, emergencyAccess: outcome.access }
        : { __typename: 'EmergencyReviewOverdue', message: OVERDUE, dueAt: outcome.overdueSince };
    },
    endEmergencyAccess: (_parent, { id }, context) => endEmergencyAccess(context.identity, context, id),
    reviewEmergencyAccess: (_parent, { input: { id, finding, remark } }, context) =>
      reviewEmergencyAccess(context.identity, context, { id, finding, remark: remark ?? null }),
  },
  EmergencyAccess: {
    staffMember: ({ accountId }, _arguments, context) => staffMember(context, accountId),
    review: ({ reviewedAt, reviewedBy, finding, remark }) =>
      reviewedAt && reviewedBy && finding ? { reviewedAt, reviewedBy, finding, remark } : null,
  },
  EmergencyAccessReview: {
    reviewer: async ({ reviewedBy }, _arguments, { person }) => (await person(reviewedBy)) ?? null,
  },
} satisfies Resolvers;

import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { approveReviewed, denyReviewed } from './decide-review.ts';
import { readReviewQueue } from './read-reviews.ts';
import { readReviewPolicy } from './review-policy.ts';
import { setReviewPolicy } from './set-review-policy.ts';

export const reviewResolvers = {
  Query: {
    reviewQueue: (_parent, { first }, context) => readReviewQueue(context, first),
    reviewPolicy: (_parent, _arguments, context) => inOrganization(context, readReviewPolicy),
  },
  Mutation: {
    approveReviewed: (_parent, { input }, context) => approveReviewed(context, input),
    denyReviewed: (_parent, { input }, context) => denyReviewed(context, input),
    setReviewPolicy: (_parent, { input }, context) => setReviewPolicy(context, input),
  },
} satisfies Resolvers;

import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { createCalendarFeed } from './create-calendar-feed.ts';
import { ownerOf, readOwnFeed } from './own-feed.ts';
import { revokeCalendarFeed } from './revoke-calendar-feed.ts';
import { rotateCalendarFeed } from './rotate-calendar-feed.ts';

export const calendarFeedResolvers: Resolvers = {
  Query: {
    calendarFeed: (_parent, _arguments, context) =>
      inOrganization(context, (tx) => readOwnFeed(tx, ownerOf(context).id)),
  },
  Mutation: {
    createCalendarFeed: (_parent, { input }, context) => createCalendarFeed(context, input),
    rotateCalendarFeed: (_parent, { input }, context) => rotateCalendarFeed(context, input),
    revokeCalendarFeed: (_parent, { input }, context) => revokeCalendarFeed(context, input),
  },
};

import type { DefineVerbs, Relations } from '@kept/access-policy';
import { attendeeRelations, attendeeVerbs } from './attendees/attendee.policy.ts';
import { bookingRelations, bookingVerbs } from './bookings/booking.policy.ts';
import { calendarConnectionVerbs } from './calendar-connections/calendar-connection.policy.ts';
import { calendarFeedVerbs } from './calendar-feeds/calendar-feed.policy.ts';
import { offerVerbs } from './services/offer.policy.ts';
import { passRelations, passVerbs } from './passes/pass.policy.ts';
import { providerVerbs } from './providers/provider.policy.ts';
import { resourceRelations } from './resources/resource.ts';
import { reviewVerbs } from './reviews/review.policy.ts';
import { seriesRelations, seriesVerbs } from './series/series.policy.ts';
import { waitlistRelations, waitlistVerbs } from './waitlist/waitlist.policy.ts';

/** What the relations of the schema mean on the rows of this service; each part of the business brings its own. */
export const relations: Relations = {
  ...bookingRelations,
  ...attendeeRelations,
  ...passRelations,
  ...resourceRelations,
  ...seriesRelations,
  ...waitlistRelations,
};

/** Who may do what; each part of the business brings its own sentences. */
export const verbs: DefineVerbs = (caller, can) => {
  for (const define of [
    bookingVerbs,
    calendarFeedVerbs,
    calendarConnectionVerbs,
    offerVerbs,
    passVerbs,
    providerVerbs,
    reviewVerbs,
    attendeeVerbs,
    seriesVerbs,
    waitlistVerbs,
  ])
    define(caller, can);
};

/**
 * What managers of some places may ask of what is otherwise for those of the whole business: about bookings, rooms and people of
 * these places. Everything else that a manager alone may ask holds everywhere, and is closed to them (0047).
 */
export const withinPlaces = [
  'Query.bookingHistory',
  'Query.bookingHistoryProof',
  'Query.contestedDecisions',
  'Mutation.approveReviewed',
  'Mutation.denyReviewed',
  'Mutation.createResource',
  'Mutation.updateResource',
  'Mutation.setWeeklyRules',
  'Mutation.setDateOverride',
] as const;

import { attendeeResolvers } from './attendees/resolvers.ts';
import { availabilityResolvers } from './availability/resolvers.ts';
import { calendarConnectionResolvers } from './calendar-connections/resolvers.ts';
import { calendarFeedResolvers } from './calendar-feeds/resolvers.ts';
import { approvalResolvers } from './approvals/resolvers.ts';
import { bookingResolvers } from './bookings/resolvers.ts';
import { historyResolvers } from './history/resolvers.ts';
import { intakeResolvers } from './intake/resolvers.ts';
import { bookingPageResolvers } from './booking-page/resolvers.ts';
import { linkResolvers } from './links/resolvers.ts';
import { passResolvers } from './passes/resolvers.ts';
import { providerResolvers } from './providers/resolvers.ts';
import { reminderResolvers } from './reminders/resolvers.ts';
import { requestResolvers } from './requests/resolvers.ts';
import { reviewResolvers } from './reviews/resolvers.ts';
import type { Resolvers } from './schema-types.ts';
import { sealedNoteResolvers } from './sealed-notes/resolvers.ts';
import { seriesResolvers } from './series/resolvers.ts';
import { limitResolvers } from './limits/resolvers.ts';
import { resourceResolvers } from './resources/resolvers.ts';
import { serviceResolvers } from './services/resolvers.ts';
import { waitlistResolvers } from './waitlist/resolvers.ts';

const parts = [
  calendarFeedResolvers,
  calendarConnectionResolvers,
  serviceResolvers,
  resourceResolvers,
  limitResolvers,
  providerResolvers,
  reminderResolvers,
  requestResolvers,
  attendeeResolvers,
  reviewResolvers,
  availabilityResolvers,
  bookingResolvers,
  approvalResolvers,
  historyResolvers,
  bookingPageResolvers,
  intakeResolvers,
  linkResolvers,
  sealedNoteResolvers,
  passResolvers,
  seriesResolvers,
  waitlistResolvers,
];

/** Every resolver of this subgraph; each part of the business brings its own, also for fields of a type that stands elsewhere. */
export const resolvers: Resolvers = parts.reduce<Record<string, object>>((all, part) => {
  for (const [type, fields] of Object.entries(part)) all[type] = { ...all[type], ...fields };
  return all;
}, {});

import { mayRead } from '@kept/access-policy';
import type { Resolvers } from '../schema-types.ts';
import { explainSlot } from './explain-slot.ts';
import { findAvailability } from './find-availability.ts';
import { findAvailableDays } from './find-available-days.ts';
import { localTime } from './local-time.ts';

export const availabilityResolvers: Resolvers = {
  Query: {
    availability: (_parent, { input }, context) => findAvailability(context, input),
    availableDays: (_parent, { input }, context) => findAvailableDays(context, input),
    explainSlot: (_parent, { input }, context) => explainSlot(context, input),
  },
  TimeSlot: {
    startsAt: (slot) => new Date(slot.startMinute * 60_000),
    endsAt: (slot) => new Date((slot.startMinute + slot.durationMinutes) * 60_000),
    localStart: (slot) => localTime(slot.bookerZone, slot.startMinute),
    providerLocalStart: (slot) => localTime(slot.providerZone, slot.startMinute),
  },
  ProviderExplanation: {
    bookedMinutes: ({ place }) => place?.upcomingMinutes ?? 0,
    lastBookedAt: ({ place }) => place?.lastBookedAt ?? null,
    because: ({ place }) => place?.because ?? null,
  },
  SlotReason: {
    startsAt: ({ span }) => (span === null ? null : new Date(span.start * 60_000)),
    endsAt: ({ span }) => (span === null ? null : new Date(span.end * 60_000)),
    // What stands in the way may be an appointment at a branch that is none of the caller's.
    booking: async ({ ownerId }, _arguments, { loaders, ability }) => {
      const booking = ownerId === null ? undefined : await loaders.booking(ownerId);
      return booking !== undefined && mayRead(ability, 'Booking', booking) ? booking : null;
    },
  },
};

import { invariant } from '@kept/subgraph-kit';
import type { Resolvers } from '../schema-types.ts';
import { findAvailability } from './find-availability.ts';
import { localTime } from './local-time.ts';

export const availabilityResolvers: Resolvers = {
  Query: {
    availability: async (_parent, { input }, context) => ({ slots: await findAvailability(context, input) }),
  },
  TimeSlot: {
    startsAt: (slot) => new Date(slot.startMinute * 60_000),
    endsAt: (slot) => new Date((slot.startMinute + slot.durationMinutes) * 60_000),
    provider: async (slot, _arguments, { loaders }) => {
      const provider = await loaders.provider(slot.providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
    localStart: (slot) => localTime(slot.bookerZone, slot.startMinute),
    providerLocalStart: (slot) => localTime(slot.providerZone, slot.startMinute),
  },
};

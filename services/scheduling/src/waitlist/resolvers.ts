import { invariant } from '@kept/subgraph-kit';
import { showSlotHold } from '../bookings/show-slot-hold.ts';
import type { Resolvers } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { acceptOffer, declineOffer } from './answer-offer.ts';
import { joinWaitlist } from './join-waitlist.ts';
import { leaveWaitlist } from './leave-waitlist.ts';
import { listWaitlist, showEntry } from './list-waitlist.ts';

const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

export const waitlistResolvers: Resolvers = {
  Query: {
    waitlist: (_parent, request, context) => listWaitlist(context, request),
  },
  Mutation: {
    joinWaitlist: (_parent, { input }, context) => joinWaitlist(context, input),
    leaveWaitlist: (_parent, { input }, context) => leaveWaitlist(context, input),
    acceptOffer: (_parent, { input }, context) => acceptOffer(context, input),
    declineOffer: (_parent, { input }, context) => declineOffer(context, input),
  },
  WaitlistEntry: {
    service: async (entry, _arguments, { loaders }) => {
      const service = await loaders.service(entry.serviceId);
      invariant(service, 'services are never deleted');
      return service;
    },
    provider: async (entry, _arguments, { loaders }) =>
      entry.providerId === null ? null : ((await loaders.provider(entry.providerId)) ?? null),
    client: (entry) => ({ __typename: 'Client', id: entry.clientId }),
    earliest: (entry) => clockOf(entry.earliestMinute),
    latest: (entry) => clockOf(entry.latestMinute),
    place: async (entry, _arguments, context) => (await showEntry(context, entry)).place ?? null,
    offer: async (entry, _arguments, context) => (await showEntry(context, entry)).offer ?? null,
  },
  WaitlistOffer: {
    provider: async (offer, _arguments, { loaders }) => {
      const provider = await loaders.provider(offer.providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
    hold: (offer, _arguments, context) =>
      inOrganization(context, (tx) => showSlotHold(tx, offer.holdId, context.scheduling.signingKey)),
  },
};

import { mayRead } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import type { Booking } from './booking.ts';
import { cancelBooking } from './cancel-booking.ts';
import { checkIn } from './check-in.ts';
import { closeBooking } from './close-booking.ts';
import { confirmBooking } from './confirm-booking.ts';
import { createSlotHold } from './create-slot-hold.ts';
import { extendHold } from './extend-hold.ts';
import { findBooking } from './find-booking.ts';
import { listBookings } from './list-bookings.ts';
import { previewCancellation } from './preview-cancellation.ts';
import { previewReschedule } from './preview-reschedule.ts';
import { reassignBooking } from './reassign-booking.ts';
import { releaseSlotHold } from './release-slot-hold.ts';
import { rescheduleBooking } from './reschedule-booking.ts';
import { isTimeZoneVisible } from './time-zone-visible.ts';

async function readBooking(context: SchedulingContext, id: string): Promise<Booking> {
  const booking = await inOrganization(context, (tx) => findBooking(tx, id));
  if (booking === null || !mayRead(context.ability, 'Booking', booking)) throw refused.notFound('booking');
  return booking;
}

export const bookingResolvers: Resolvers = {
  Query: {
    booking: (_parent, { id }, context) => readBooking(context, readId(id, 'id')),
    bookings: (_parent, request, context) => listBookings(context, request),
    cancellationPreview: (_parent, { bookingId }, context) => previewCancellation(context, bookingId),
    reschedulePreview: (_parent, { input }, context) => previewReschedule(context, input),
  },
  Mutation: {
    createSlotHold: (_parent, { input }, context) => createSlotHold(context, input),
    extendHold: (_parent, { input }, context) => extendHold(context, input),
    releaseSlotHold: (_parent, { input }, context) => releaseSlotHold(context, input),
    confirmBooking: (_parent, { input }, context) => confirmBooking(context, input),
    rescheduleBooking: (_parent, { input }, context) => rescheduleBooking(context, input),
    reassignBooking: (_parent, { input }, context) => reassignBooking(context, input),
    checkIn: (_parent, { input }, context) => checkIn(context, input),
    cancelBooking: (_parent, { input }, context) => cancelBooking(context, input),
    completeBooking: (_parent, { input }, context) => closeBooking(context, { ...input, as: 'COMPLETED' }),
    markNoShow: (_parent, { input }, context) => closeBooking(context, { ...input, as: 'NO_SHOW' }),
  },
  Booking: {
    // The kit asks `mayRead` of what comes back; a row of another organization is not even found.
    __resolveReference: async ({ id }, { loaders }) => (await loaders.booking(readId(id, 'id'))) ?? null,
    status: (booking, _arguments, { clock }) => booking.statusAt(clock()),
    service: async (booking, _arguments, { loaders }) => {
      const service = await loaders.service(booking.serviceId);
      invariant(service, 'services are never deleted');
      return service;
    },
    provider: async (booking, _arguments, { loaders }) => {
      const provider = await loaders.provider(booking.providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
    client: (booking) => ({ __typename: 'Client', id: booking.clientId }),
    timeZoneVisible: (booking) => isTimeZoneVisible(booking.locationKind),
    notes: async (booking, _arguments, { loaders }) => (await loaders.texts(booking))?.notes ?? null,
    cancellationReason: async (booking, _arguments, { loaders }) =>
      (await loaders.texts(booking))?.cancellationReason ?? null,
  },
};

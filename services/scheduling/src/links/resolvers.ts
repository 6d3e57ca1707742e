import { invariant, openBatchLoader } from '@kept/subgraph-kit';
import type { Booking } from '../bookings/booking.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { attendanceOf } from './attendance.ts';
import { bookingByLink, cancelByLink, confirmAttendanceByLink, rescheduleByLink } from './change-by-link.ts';
import { createManageLink, revokeManageLinks } from './create-manage-link.ts';
import { readLinks } from './manage-link.ts';

const keyOf = ({ id }: Booking): string => id;
const openLinkLoaders = (context: SchedulingContext) => ({
  links: openBatchLoader(keyOf, (bookings: Booking[]) =>
    inOrganization(context, (tx) => readLinks(tx, bookings.map(keyOf))),
  ),
  attendance: openBatchLoader(keyOf, (bookings: Booking[]) =>
    inOrganization(context, (tx) => attendanceOf(tx, bookings)),
  ),
});
const opened = new WeakMap<SchedulingContext, ReturnType<typeof openLinkLoaders>>();
/** What one request reads of many bookings at once; made when it is first asked for. */
function loadersOf(context: SchedulingContext) {
  const known = opened.get(context) ?? openLinkLoaders(context);
  opened.set(context, known);
  return known;
}

export const linkResolvers: Resolvers = {
  Query: { bookingByLink: (_parent, { token }, context) => bookingByLink(context, token) },
  Mutation: {
    createManageLink: (_parent, { input }, context) => createManageLink(context, input),
    revokeManageLinks: (_parent, { input }, context) => revokeManageLinks(context, input),
    cancelByLink: (_parent, { input }, context) => cancelByLink(context, input),
    rescheduleByLink: (_parent, { input }, context) => rescheduleByLink(context, input),
    confirmAttendanceByLink: (_parent, { input }, context) => confirmAttendanceByLink(context, input),
  },
  Booking: {
    manageLinks: async (booking, _arguments, context) => (await loadersOf(context).links(booking)) ?? [],
    attendanceConfirmedAt: async (booking, _arguments, context) =>
      (await loadersOf(context).attendance(booking)) ?? null,
  },
  LinkedBooking: {
    service: async ({ serviceId }, _arguments, { loaders }) => {
      const service = await loaders.service(serviceId);
      invariant(service, 'services are never deleted');
      return service;
    },
    provider: async ({ providerId }, _arguments, { loaders }) => {
      const provider = await loaders.provider(providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
  },
};

import { ifUuid } from '../if-uuid.ts';
import type { Resolvers } from '../schema-types.ts';
import { money } from '../money/minor-units.ts';
import { amountDue } from './amount-due.ts';
import { paymentState } from './payment-state.ts';

export const bookingResolvers: Resolvers = {
  Booking: {
    // Whether the caller may know of the booking is asked by the kit, with this row in hand.
    __resolveReference: ({ id }, { loaders }) => ifUuid(id, async () => (await loaders.booking(id)) ?? null),
    id: ({ bookingId }) => bookingId,
    payments: ({ bookingId }, _arguments, { loaders }) => loaders.paymentsOfBooking(bookingId),
    paymentState: async ({ bookingId }, _arguments, { loaders }) =>
      paymentState(await loaders.paymentsOfBooking(bookingId)),
    card: async ({ bookingId }, _arguments, { loaders }) => {
      const payments = await loaders.paymentsOfBooking(bookingId);
      const methodId = payments.find(({ paymentMethodId }) => paymentMethodId !== null)?.paymentMethodId;
      const method = methodId == null ? undefined : await loaders.method(methodId);
      const { brand = null, last4 = null } = method ?? {};
      return brand === null || last4 === null ? null : { brand, last4 };
    },
    amountDue: async (booking, _arguments, { loaders }) => {
      const payments = await loaders.paymentsOfBooking(booking.bookingId);
      const due = amountDue(booking, payments, await loaders.policy());
      return due === null || booking.currency === null ? null : money(due, booking.currency);
    },
  },
};

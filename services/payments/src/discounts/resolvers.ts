import { demandMoneyOfTheirs } from '../bookings/places-of-money.ts';
import { money } from '../money/minor-units.ts';
import type { DiscountRefusal, Resolvers } from '../schema-types.ts';
import { discountBooking } from './discount-booking.ts';

const SENTENCES: Readonly<Record<DiscountRefusal, string>> = {
  MORE_THAN_DUE: 'That is more than what is still due. What was paid goes back as a refund.',
  BEING_PAID: 'The rest is being paid this moment. Please try again in a minute.',
  NOT_OWED: 'Nothing is owed for this booking, so nothing can be taken off.',
};

export const discountResolvers: Resolvers = {
  Mutation: {
    discountBooking: async (_root, { input }, context) => {
      await demandMoneyOfTheirs(context, { what: 'booking', id: input.bookingId });
      const result = await discountBooking(context, input);
      if (result.kind === 'REFUSED') {
        const { reason } = result;
        return { __typename: 'DiscountRefused', reason, message: SENTENCES[reason] } as const;
      }
      const { discountMinor, dueMinor, currency } = result;
      return {
        __typename: 'BookingDiscounted',
        discount: money(discountMinor, currency),
        amountDue: money(dueMinor, currency),
      } as const;
    },
  },
  Booking: {
    discount: ({ discountMinor, currency }) =>
      discountMinor === 0n || currency === null ? null : money(discountMinor, currency),
  },
};

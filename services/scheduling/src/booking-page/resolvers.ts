import type { Resolvers } from '../schema-types.ts';
import { bookingPage, nextDays } from './booking-page.ts';

export const bookingPageResolvers: Resolvers = {
  Query: { bookingPage: (_parent, asked, context) => bookingPage(context, asked) },
  BookingPage: { nextDays: (page, _arguments, context) => nextDays(context, page) },
};

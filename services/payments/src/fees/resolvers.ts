import { demandMoneyOfTheirs } from '../bookings/places-of-money.ts';
import { money } from '../money/minor-units.ts';
import { DEAD } from '../payments/payment.ts';
import type { FeeWaiverReason, FeeWaiverRefusal, Resolvers } from '../schema-types.ts';
import { tryFeeAgain } from './try-fee-again.ts';
import { waiveFee } from './waive-fee.ts';

const SENTENCES: Readonly<Record<FeeWaiverRefusal, string>> = {
  BEING_CHARGED: 'The fee is being taken this moment. Please try again in a minute.',
  DISPUTED: 'The bank is looking into this payment; it decides what goes back.',
  TAKES_TWO_PEOPLE: 'So much is given back by two people. Please ask for a refund of its payment.',
};

export const feeResolvers: Resolvers = {
  Mutation: {
    waiveFee: async (_root, { input }, context) => {
      await demandMoneyOfTheirs(context, { what: 'fee', id: input.feeId });
      const result = await waiveFee(context, input);
      return result.kind === 'WAIVED'
        ? ({ __typename: 'FeeWaived', fee: result.fee } as const)
        : ({
            __typename: 'FeeWaiverRefused',
            reason: result.reason,
            message: SENTENCES[result.reason],
          } as const);
    },
    chargeFeeAgain: async (_root, { input }, context) => {
      await demandMoneyOfTheirs(context, { what: 'fee', id: input.feeId });
      return { fee: await tryFeeAgain(context, input.feeId) };
    },
  },
  Booking: {
    fees: ({ bookingId }, _arguments, { loaders }) => loaders.feesOfBooking(bookingId),
  },
  BookingFee: {
    agreed: ({ agreedMinor, currency }) => money(agreedMinor, currency),
    status: async ({ state, paymentId }, _arguments, { loaders }) => {
      const payment = paymentId === null ? undefined : await loaders.payment(paymentId);
      return state === 'CHARGED' && payment && DEAD.includes(payment.status) ? 'FAILED' : state;
    },
    payment: async ({ paymentId }, _arguments, { loaders }) =>
      paymentId === null ? null : ((await loaders.payment(paymentId)) ?? null),
    waiverReason: ({ waiverReason }) => waiverReason as FeeWaiverReason | null,
  },
};

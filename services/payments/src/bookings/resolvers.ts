import type { Transaction } from '@kept/database';
import { inOrganization } from '../context.ts';
import { Payment } from '../payments/payment.ts';
import { ifUuid } from '../payments/resolvers.ts';
import type { Resolvers } from '../schema-types.ts';
import { BookingReference } from './booking-reference.ts';
import { paymentState } from './payment-state.ts';

const LISTED_MAX = 50;

function paymentsOf(tx: Transaction, bookingId: string): Promise<Payment[]> {
  const order = { createdAt: 'DESC', id: 'ASC' } as const;
  return tx.manager.find(Payment, { where: { bookingId }, order, take: LISTED_MAX });
}

export const bookingResolvers: Resolvers = {
  Booking: {
    // Whether the caller may know of the booking is asked by the kit, with this row in hand.
    __resolveReference: ({ id }, context) =>
      ifUuid(id, () =>
        inOrganization(context, (tx) => tx.manager.findOneBy(BookingReference, { bookingId: id })),
      ),
    id: ({ bookingId }) => bookingId,
    payments: ({ bookingId }, _arguments, context) =>
      inOrganization(context, (tx) => paymentsOf(tx, bookingId)),
    paymentState: async ({ bookingId }, _arguments, context) =>
      paymentState(await inOrganization(context, (tx) => paymentsOf(tx, bookingId))),
  },
};

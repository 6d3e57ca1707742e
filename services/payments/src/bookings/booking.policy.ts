import { ownClients, type Relations } from '@kept/access-policy';

/** Whose booking it is; the same words as in scheduling. */
export const bookingRelations: Relations = {
  Booking: {
    SELF: (caller) => ({ clientId: ownClients(caller) }),
    ASSIGNED_PROVIDER: (caller) => ({ providerId: caller.accountId }),
    // Roles that are limited to places reach no booking of others, nor what was paid for it (0047).
    WITHIN: ({ locations, accountId }) =>
      locations === null
        ? undefined
        : { $or: [{ locationId: { $in: locations } }, { providerId: accountId }] },
  },
};

/**
 * What a role for some places may ask of what is otherwise for those who look after the whole business's money: about one payment
 * or fee of an appointment there. Books, statements, disputes and lists are of the whole, and closed to it (0047).
 */
export const withinPlaces = [
  'Query.paymentPolicy',
  'Mutation.chargeBalance',
  'Mutation.chargeFeeAgain',
  'Mutation.discountBooking',
  'Mutation.refundPayment',
  'Mutation.waiveFee',
] as const;

import { ownClients, type Relations } from '@kept/access-policy';

/** Whose booking it is; the same words as in scheduling. */
export const bookingRelations: Relations = {
  Booking: {
    SELF: (caller) => ({ clientId: ownClients(caller) }),
    ASSIGNED_PROVIDER: (caller) => ({ providerId: caller.accountId }),
  },
};

import { ownClients, type Relations } from '@kept/access-policy';

/** What a client owes is theirs to know. */
export const feeRelations: Relations = {
  BookingFee: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
};

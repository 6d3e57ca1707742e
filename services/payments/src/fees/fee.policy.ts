import { ownClients, type Relations } from '@kept/access-policy';

/** What a client owes is theirs to know. */
export const feeRelations: Relations = {
  Fee: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
};

import { ownClients, type Relations } from '@kept/access-policy';

/** Whoever answers sees it, and so does whoever else answers for the same person. */
export const guardianshipRelations: Relations = {
  Guardianship: {
    SELF: (caller) => ({ $or: [{ guardianId: caller.accountId }, { dependantId: ownClients(caller) }] }),
  },
};

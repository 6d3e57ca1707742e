import { ownClients, type Relations } from '@kept/access-policy';
import { guardianshipRelations } from '../guardianship/guardianship.policy.ts';

/** A client is themselves, and so is a member of staff: by the id of the account they have signed in with. */
export const accountRelations: Relations = {
  ...guardianshipRelations,
  // And those they answer for.
  Client: { SELF: (caller) => ({ id: ownClients(caller) }) },
  StaffMember: { SELF: (caller) => ({ id: caller.accountId }) },
};

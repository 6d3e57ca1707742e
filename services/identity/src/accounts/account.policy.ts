import type { Relations } from '@kept/access-policy';

/** A client is themselves, and so is a member of staff: by the id of the account they have signed in with. */
export const accountRelations: Relations = {
  Client: { SELF: (caller) => ({ id: caller.accountId }) },
  StaffMember: { SELF: (caller) => ({ id: caller.accountId }) },
};

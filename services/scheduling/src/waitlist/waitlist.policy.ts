import { audiencesOf, ownClients, type DefineVerbs, type Relations } from '@kept/access-policy';

export const waitlistRelations: Relations = {
  // A client sees their own entries; nobody learns who else waits.
  WaitlistEntry: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
};

/** Clients leave and answer for themselves; staff for clients who call. */
export const waitlistVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('CLIENT'))
    can(['leave', 'answer'], 'WaitlistEntry', { clientId: ownClients(caller) });
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER'))
    can(['leave', 'answer'], 'WaitlistEntry');
};

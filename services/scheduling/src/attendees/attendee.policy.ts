import { audiencesOf, ownClients, type DefineVerbs, type Relations } from '@kept/access-policy';

export const attendeeRelations: Relations = {
  // A client sees whom they listed, and whom they named for their bookings.
  Dependent: { SELF: (caller) => ({ clientId: caller.accountId }) },
  Attendee: {
    SELF: (caller) => ({ clientId: ownClients(caller) }),
    ASSIGNED_PROVIDER: (caller) => ({ providerId: caller.accountId }),
  },
};

/** Who may say who comes. */
export const attendeeVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('CLIENT')) can('attend', 'Booking', { clientId: ownClients(caller) });
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER')) can('attend', 'Booking');
};

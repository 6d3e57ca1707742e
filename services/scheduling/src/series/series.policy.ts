import { audiencesOf, ownClients, type DefineVerbs, type Relations } from '@kept/access-policy';
import { ofTheirPlaces } from '../bookings/places.ts';

export const seriesRelations: Relations = {
  BookingSeries: {
    // A client sees the series booked for them.
    SELF: (caller) => ({ clientId: ownClients(caller) }),
    // A provider sees the series they are booked for.
    ASSIGNED_PROVIDER: (caller) => ({ providerId: caller.accountId }),
    WITHIN: ofTheirPlaces,
  },
};

/** Whoever may change the bookings of a series may change the series; each booking is asked about as well. */
export const seriesVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('CLIENT')) can('change', 'BookingSeries', { clientId: ownClients(caller) });
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER')) can('change', 'BookingSeries');
};

import { audiencesOf, ownClients, type DefineVerbs, type Relations } from '@kept/access-policy';
import { ofTheirPlaces } from './places.ts';

/** What the relations of the schema mean on the rows of this service. */
export const bookingRelations: Relations = {
  Booking: {
    // A client sees the bookings made for them.
    SELF: (caller) => ({ clientId: ownClients(caller) }),
    // A provider sees the bookings they are booked for.
    ASSIGNED_PROVIDER: (caller) => ({ providerId: caller.accountId }),
    // Roles that are limited to places reach no booking of others (0035).
    WITHIN: ofTheirPlaces,
  },
  // Clients see what was done about their bookings, and what was decided.
  BookingEvent: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
  BookingDecision: {
    SELF: (caller) => ({ clientId: ownClients(caller) }),
    ASSIGNED_PROVIDER: (caller) => ({ providerId: caller.accountId }),
  },
  // A client is themselves.
  Client: { SELF: (caller) => ({ id: ownClients(caller) }) },
};

const byTheClient = ['confirm', 'extend', 'release', 'reschedule', 'cancel'] as const;
const byTheProvider = ['close', 'check-in', 'decide'] as const;

/** Who may do what with a booking. Who may not know of one gets not-found before this is asked. */
export const bookingVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('CLIENT')) {
    can('book-for', 'Client', { id: ownClients(caller) });
    can([...byTheClient, 'contest'], 'Booking', { clientId: ownClients(caller) });
  }
  if (audiences.includes('PROVIDER')) can(byTheProvider, 'Booking', { providerId: caller.accountId });
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER')) {
    can('book-for', 'Client');
    can([...byTheClient, ...byTheProvider, 'reassign', 'override'], 'Booking');
  }
};

import { declareTable, notPersonal } from '@kept/personal-data';

const business = notPersonal('A business');
const reference = notPersonal('Random reference');

/** Group sessions and their seats. */
export const sessionsDeclarations = [
  declareTable('group_session', {
    id: reference,
    organization_id: business,
    service_id: reference,
    provider_id: notPersonal('Random reference of a staff member'),
    starts_at: notPersonal('When a session of the business begins'),
    ends_at: notPersonal('When it ends'),
    resource_ids: notPersonal('Random references of the provider, rooms and devices'),
    blocked_from: notPersonal('When it begins, with the time before it'),
    blocked_until: notPersonal('When it ends, with the time after it'),
    capacity: notPersonal('How many seats there are'),
    seats_taken: notPersonal('How many are taken'),
  }),
  declareTable('session_seat', {
    booking_id: notPersonal('Random reference of the booking, with which it goes'),
    organization_id: business,
    session_id: reference,
    seats: notPersonal('How many'),
    expires_at: notPersonal('When an unconfirmed claim ends'),
    counted: notPersonal('Whether it still counts'),
  }),
];

import { declareTable, notPersonal } from '@kept/personal-data';

const business = notPersonal('A business');
const reference = notPersonal('Random reference');
const counts = notPersonal('Counts changes');
const since = notPersonal('Since when it is there');

/** Places, rooms and equipment, and what services need of them. */
export const resourcesDeclarations = [
  declareTable('location', {
    id: reference,
    organization_id: business,
    kind: notPersonal('In person, by phone or by video'),
    name: notPersonal('What the business calls its place'),
    address: notPersonal('Where the business is'),
    time_zone: notPersonal('The zone of the place'),
    active: notPersonal('Whether it is still used'),
    version: counts,
    created_at: since,
  }),
  declareTable('resource', {
    id: notPersonal('Random reference of a staff member, a room or a device'),
    organization_id: business,
    kind: notPersonal('Which of the three'),
    name: notPersonal('What the business calls its room or device; nobody’s name'),
    active: notPersonal('Whether it can still be booked'),
    location_id: notPersonal('Where it stands'),
    capacity: notPersonal('How many equal things it is'),
    version: counts,
  }),
  declareTable('resource_group', {
    id: reference,
    organization_id: business,
    name: notPersonal('What the business calls the group'),
    version: counts,
    created_at: since,
  }),
  declareTable('resource_group_member', {
    organization_id: business,
    group_id: reference,
    resource_id: notPersonal('Random reference of a room or a device'),
  }),
  declareTable('resource_requirement', {
    id: reference,
    organization_id: business,
    service_id: reference,
    group_id: reference,
    resource_id: reference,
    needed: notPersonal('How many are needed'),
  }),
  declareTable('capacity_use', {
    organization_id: business,
    resource_id: notPersonal('Random reference of a pool of equal things'),
    quantum: notPersonal('Which five minutes'),
    used: notPersonal('How many are in use'),
    capacity: notPersonal('How many there are'),
  }),
  declareTable('capacity_claim', {
    id: reference,
    organization_id: business,
    booking_id: notPersonal('Random reference of the booking, with which it goes'),
    resource_id: notPersonal('Random reference of a pool of equal things'),
    first_quantum: notPersonal('From which five minutes'),
    end_quantum: notPersonal('Until which five minutes'),
    units: notPersonal('How many'),
    expires_at: notPersonal('When an unconfirmed claim ends'),
    counted: notPersonal('Whether it still counts'),
  }),
];

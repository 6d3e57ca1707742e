import { declareTable, notPersonal } from '@kept/personal-data';

const business = notPersonal('A business');
const rule = notPersonal('A rule of the business');
const reference = notPersonal('Random reference');

/** What a service can be chosen with. */
export const servicesDeclarations = [
  declareTable('service_provider', {
    organization_id: business,
    service_id: notPersonal('Random reference of a service'),
    provider_id: notPersonal('Random reference of a staff member'),
  }),
  declareTable('service_variant', {
    id: reference,
    organization_id: business,
    service_id: reference,
    name: notPersonal('What the business calls it'),
    duration_minutes: rule,
    price_minor: rule,
    deposit_minor: rule,
    active: notPersonal('Whether it can still be booked'),
    created_at: notPersonal('Since when it is offered'),
  }),
  declareTable('service_add_on', {
    id: reference,
    organization_id: business,
    service_id: reference,
    name: notPersonal('What the business calls it'),
    extra_minutes: rule,
    extra_price_minor: rule,
    active: notPersonal('Whether it can still be booked'),
    created_at: notPersonal('Since when it is offered'),
  }),
  declareTable('service_location', {
    organization_id: business,
    service_id: reference,
    location_id: notPersonal('Random reference of a place of the business'),
  }),
  declareTable('booking_fee', {
    booking_id: notPersonal('Random reference of the booking, with which it goes'),
    organization_id: business,
    no_show_fee_minor: rule,
    late_cancellation_fee_minor: rule,
  }),
];

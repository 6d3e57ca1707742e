import { declareTable, notPersonal } from '@kept/personal-data';

const business = notPersonal('A business');
const reference = notPersonal('Random reference');
const rule = notPersonal('A rule of the business');
const subject = notPersonal('Random reference of a provider, a service or a client');
const period = notPersonal('First day of the period');

/** Limits per day, week and month, and what of them is used. Claims go with their booking, counters after their period. */
export const limitsDeclarations = [
  declareTable('booking_limit', {
    id: reference,
    organization_id: business,
    scope: rule,
    period: rule,
    bookings_max: rule,
    provider_id: notPersonal('Random reference of a staff member'),
    service_id: reference,
    created_at: notPersonal('Since when it holds'),
  }),
  declareTable('limit_use', {
    organization_id: business,
    limit_id: reference,
    subject_id: subject,
    period_start: period,
    used: notPersonal('How many bookings the period has'),
    bookings_max: rule,
  }),
  declareTable('limit_claim', {
    booking_id: notPersonal('Random reference of the booking, with which it goes'),
    organization_id: business,
    limit_id: reference,
    subject_id: subject,
    period_start: period,
    expires_at: notPersonal('When an unconfirmed claim ends'),
    counted: notPersonal('Whether it still counts'),
  }),
];

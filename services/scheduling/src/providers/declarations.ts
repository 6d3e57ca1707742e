import { declareTable, notPersonal, personal, retentionRule, type PersonalData } from '@kept/personal-data';

/** As long as the appointments that it stood beside. */
const timeOffAfterTwoYears = retentionRule({
  name: 'time off after two years',
  clock: 'ends_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'As long as the appointments beside it, which are looked back on with it',
});

const whenAway: PersonalData = {
  subject: 'provider_id',
  category: 'kept:Schedule',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  reason: 'So that nobody is booked with you while you are away; why you are away is never asked',
  retention: timeOffAfterTwoYears,
  erase: 'keep',
  export: 'none',
};
const closed = notPersonal('When the business is closed');

/** What the tables of absences hold. */
export const absenceDeclarations = [
  declareTable('time_off', {
    id: notPersonal('Random reference'),
    organization_id: notPersonal('A business'),
    provider_id: notPersonal('Random reference of a staff member'),
    starts_at: personal(whenAway),
    ends_at: personal(whenAway),
    first_day: personal(whenAway),
    last_day: personal(whenAway),
    created_at: notPersonal('When it was said'),
  }),
  declareTable('staff_places', {
    staff_member_id: notPersonal('Random reference of a staff member'),
    organization_id: notPersonal('A business'),
    location_ids: notPersonal('Branches of the business in which a role holds; goes when its holder leaves'),
    told_at: notPersonal('When it was said'),
  }),
  declareTable('organization_closure', {
    id: notPersonal('Random reference'),
    organization_id: notPersonal('A business'),
    name: notPersonal('What the business calls its holiday; everybody may read it'),
    starts_at: closed,
    ends_at: closed,
    first_day: closed,
    last_day: closed,
    created_at: notPersonal('When it was said'),
  }),
];

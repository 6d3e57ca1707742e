import { declareTable, notPersonal, personal, retentionRule, type PersonalData } from '@kept/personal-data';

const reason = 'Half a year later nobody asks any more who was offered what, and why';

const entriesAfterHalfAYear = retentionRule({
  name: 'waitlist entries after half a year',
  clock: 'ends_at',
  period: 'P6M',
  then: 'delete_row',
  reason,
});

const ofTheEntry = {
  subject: 'client_id',
  category: 'kept:Schedule',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  reason: 'So that we offer you a time that suits you when one is free',
  retention: entriesAfterHalfAYear,
  erase: 'delete',
  export: 'client',
} satisfies PersonalData;

const wish = personal(ofTheEntry);
const ofItsEntry = personal({
  ...ofTheEntry,
  subject: 'waitlist_entry.client_id',
  retention: retentionRule({
    name: 'what belongs to a waitlist entry',
    clock: 'waitlist_entry.ends_at',
    period: 'P6M',
    then: 'delete_row',
    reason,
  }),
});
const business = notPersonal('A business');

/** What is written down about people who wait for a time. */
export const waitlistDeclarations = [
  declareTable('waitlist_entry', {
    id: notPersonal('Random reference'),
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    service_id: personal({ ...ofTheEntry, category: 'pd:ServiceConsumptionBehaviour' }),
    provider_id: notPersonal('Random reference of the staff member'),
    seats: wish,
    time_zone: notPersonal('The zone in which days and times are read'),
    earliest_minute: wish,
    latest_minute: wish,
    status: notPersonal('Where the entry stands'),
    version: notPersonal('Counts changes'),
    turn_since: notPersonal('Whose turn it is'),
    lapses: notPersonal('Counts offers that nobody answered'),
    joined_at: notPersonal('When the entry was made'),
    ends_at: wish,
  }),
  declareTable('waitlist_window', {
    organization_id: business,
    entry_id: notPersonal('Random reference of the entry'),
    from_date: ofItsEntry,
    to_date: ofItsEntry,
  }),
  declareTable('waitlist_offer', {
    id: notPersonal('Random reference'),
    organization_id: business,
    entry_id: notPersonal('Random reference of the entry'),
    hold_id: notPersonal('Random reference of the hold'),
    booking_id: notPersonal('Random reference of the booking'),
    provider_id: notPersonal('Random reference of the staff member'),
    starts_at: ofItsEntry,
    status: notPersonal('Where the offer stands'),
    offered_at: notPersonal('When the offer was made'),
    answer_by: notPersonal('Until when it can be accepted'),
    settled_at: notPersonal('When it was answered or ran out'),
  }),
];

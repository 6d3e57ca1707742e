import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const business = notPersonal('A business');

/** What is said about a booking's links goes with the booking. */
const withItsBooking = retentionRule({
  name: 'links with their booking',
  clock: 'booking.ends_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'They show who could reach an appointment, as long as it can be asked about',
});

const aboutTheBooking = {
  subject: 'booking.client_id',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  retention: withItsBooking,
  export: 'client',
} as const;

/** What is written down about manage links. The token itself is nowhere. */
export const linkDeclarations = [
  declareTable('manage_link', {
    id: notPersonal('Random reference'),
    organization_id: business,
    booking_id: notPersonal('Random reference of the booking'),
    token_hash: notPersonal('SHA-256 of 32 random bytes; nothing can be read back'),
    actions: notPersonal('What the link is good for'),
    made_for: notPersonal('Whether a mail or a person asked for it'),
    made_by: notPersonal('Random reference of whoever asked for it'),
    created_at: notPersonal('When it was made'),
    expires_at: notPersonal('When it ends'),
    revoked_at: personal({
      ...aboutTheBooking,
      category: 'pd:ServiceConsumptionBehaviour',
      reason: 'So that nobody can use a link that you have ended',
      erase: 'keep',
    }),
    revoked_because: notPersonal('A code that says why it ended'),
    use_count: notPersonal('Counts how often it was used'),
    window_start: notPersonal('Since when uses are counted'),
    window_uses: notPersonal('Counts uses for a while'),
  }),
  declareTable('link_failure', {
    organization_id: business,
    beginning: notPersonal('Hash of a part of what was tried, which opened nothing'),
    window_start: notPersonal('Since when tries are counted; forgotten after an hour'),
    failures: notPersonal('Counts tries'),
  }),
  declareTable('attendance_confirmation', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    starts_at: notPersonal('The start that was confirmed'),
    confirmed_at: personal({
      ...aboutTheBooking,
      retention: retentionRule({ ...withItsBooking, name: 'attendance with its booking' }),
      category: 'pd:ServiceConsumptionBehaviour',
      reason: 'So that the provider knows that you will come',
      erase: 'keep',
    }),
  }),
];

import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { historyWithItsBooking } from '../retention/retention-rules.ts';

const business = notPersonal('A business');
const rule = notPersonal('A rule of the business');

const pastSignals = retentionRule({
  name: 'past client signals',
  clock: 'noted_at',
  period: 'P12M',
  then: 'delete_row',
  reason: 'What was odd about an account a year ago says nothing about its bookings today.',
});

/** Tables of bookings that a rule found odd. */
export const reviewDeclarations = [
  declareTable('client_signal', {
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    code: personal({
      subject: 'client_id',
      category: 'pd:EmailAddress',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-f',
      reason: 'So that a person looks at a booking that may be a fraud before it stands',
      retention: pastSignals,
      erase: 'delete',
      export: 'client',
      inClearBecause: 'It is a word about the sort of address, not the address.',
    }),
    noted_at: notPersonal('When it was noted'),
  }),
  declareTable('review_policy', {
    organization_id: business,
    decide_within_minutes: rule,
    when_overdue: rule,
    version: rule,
    updated_at: rule,
  }),
  declareTable('booking_review', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    rules_version: notPersonal('Which rules looked at it'),
    score: notPersonal('A number that stands for the reasons'),
    reasons: personal({
      subject: 'booking.client_id',
      category: 'pd:Behavioural',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-f',
      reason: 'So that the person who looks at your request sees what was found odd about it',
      retention: historyWithItsBooking,
      erase: 'delete',
      export: 'client',
    }),
    state: notPersonal('What came of it'),
    opened_at: notPersonal('Since when it waits'),
    decide_by: notPersonal('Until when somebody decides'),
    closed_at: notPersonal('When it was over'),
    decision_id: notPersonal('Random reference of the decision'),
  }),
];

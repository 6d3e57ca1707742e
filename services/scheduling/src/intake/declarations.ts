import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const business = notPersonal('A business');

/** What forms ask and what was answered. Answers go with their booking. */
export const intakeDeclarations = [
  declareTable('intake_form', {
    id: notPersonal('Random reference'),
    organization_id: business,
    service_id: notPersonal('Random reference of a service'),
    version: notPersonal('Counts versions'),
    required_before_confirmation: notPersonal('A rule of the business'),
    fields: notPersonal('What the business asks everybody'),
    created_at: notPersonal('Since when it is asked'),
    retired_at: notPersonal('Until when it was asked'),
  }),
  declareTable('intake_exception', {
    id: notPersonal('Random reference'),
    organization_id: business,
    service_id: notPersonal('Random reference of a service'),
    identifier: notPersonal('Which kind of identifier may be asked for'),
    reason: notPersonal('Why the business must ask for it'),
    approved_by: notPersonal('Random reference of the staff member who answers for it'),
    approved_at: notPersonal('When it was allowed'),
    valid_until: notPersonal('When it ends'),
    revoked_at: notPersonal('When it was taken back'),
  }),
  declareTable('intake_answer', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    form_id: notPersonal('Which version of the questions was answered'),
    version: notPersonal('Counts changes'),
    answers: personal({
      subject: 'client_id',
      category: 'pd:MedicalHealth',
      specialCondition: 'gdpr:A9-2-h',
      fieldClass: 'sensitive',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-b',
      reason: 'What your provider has to know before the appointment',
      retention: retentionRule({
        name: 'answers with their booking',
        clock: 'booking.ends_at',
        period: 'P24M',
        then: 'delete_row',
        reason: 'Two years after an appointment nobody needs it any more to look back or complain',
      }),
      erase: 'shred',
      export: 'client',
    }),
    answered_at: notPersonal('When the questions were answered'),
  }),
];

import { declareTable, notPersonal, personal } from '@kept/personal-data';
import type { PersonalData } from '@kept/personal-data';
import {
  trainingAttempts,
  trainingRecords,
  trainingWaivers,
  trainingMembers,
} from '../retention/retention-rules.ts';

const reference = {
  category: 'pd:Identifying',
  purposes: ['accountability'],
  basis: 'gdpr:A6-1-c',
  erase: 'keep',
  export: 'none',
} as const;

const member = (reason: string, retention: PersonalData['retention']) =>
  personal({ ...reference, subject: 'staff_member_id', reason, retention });
const organization = notPersonal('A business');

/** Tables of training, written and read with SQL alone. */
export const trainingDeclarations = [
  declareTable('training_member', {
    staff_member_id: member('To know who has to be trained', trainingMembers),
    organization_id: organization,
    joined_at: notPersonal('When we learned of them'),
    left_at: notPersonal('When they left'),
  }),
  declareTable('training_attempt', {
    id: notPersonal('Random reference; the questions follow from it'),
    organization_id: organization,
    staff_member_id: member('To judge a go by whom it was begun, and to count goes', trainingAttempts),
    module: notPersonal('What was to be learned, a code'),
    version: notPersonal('Version of the content'),
    content_hash: notPersonal('SHA-256 of the content'),
    started_at: notPersonal('When it began'),
    expires_at: notPersonal('Ends the go'),
    answered_at: notPersonal('When it was answered'),
    right_answers: notPersonal('A count'),
    questions: notPersonal('A count'),
    passed: notPersonal('Whether it was enough'),
  }),
  declareTable('training_waiver', {
    id: notPersonal('Random reference'),
    organization_id: organization,
    staff_member_id: member('To know who was let in without training', trainingWaivers),
    module: notPersonal('What was waived, a code'),
    reason: notPersonal('Why, a code'),
    days: notPersonal('A count'),
    requested_by: personal({
      ...reference,
      subject: 'requested_by',
      reason: 'To know who asked for an exception',
      retention: trainingWaivers,
    }),
    requested_at: notPersonal('When it was asked for'),
    expires_at: notPersonal('Ends the time to approve it'),
    approved_by: personal({
      ...reference,
      subject: 'approved_by',
      reason: 'To know who allowed an exception',
      retention: trainingWaivers,
    }),
    approved_at: notPersonal('When it was approved'),
  }),
  declareTable('training_record', {
    id: notPersonal('Random reference'),
    organization_id: organization,
    staff_member_id: member('To show that you were trained before you worked with data', trainingRecords),
    module: notPersonal('What was learned, a code'),
    version: notPersonal('Version of the content'),
    content_hash: notPersonal('SHA-256 of the content'),
    kind: notPersonal('Passed or waived'),
    attempt_id: notPersonal('Random reference'),
    waiver_id: notPersonal('Random reference'),
    recorded_at: notPersonal('When it was recorded'),
    valid_until: notPersonal('Ends it'),
  }),
];

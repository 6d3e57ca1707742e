import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { ofTheAccount } from '../retention/retention-rules.ts';

const reference = notPersonal('Random reference');
const aBusiness = notPersonal('A business');
const anAccount = notPersonal('Random reference of an account');
const aTime = notPersonal('When it happened');

const offboardings = retentionRule({
  name: 'offboardings',
  clock: 'asked_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'That access was ended is documented for six years (45 CFR 164.316(b)(2)(i)).',
});

const timeBoxedRoles = retentionRule({
  name: 'roles-of-hours',
  clock: 'requested_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'Who was given more for how long, and why, is documented for six years (45 CFR 164.316(b)(2)(i)).',
});

const aReason = {
  category: 'kept:SecurityRecord',
  fieldClass: 'sensitive',
  basis: 'gdpr:A6-1-c',
  erase: 'keep',
  export: 'client',
} as const;

/** How people come to work here, what they may do and how it ends. */
export const peopleTables = [
  declareTable('staff_invitation', {
    id: reference,
    organization_id: aBusiness,
    account_id: anAccount,
    invited_by: anAccount,
    state: notPersonal('What became of it, one of three words'),
    mails: notPersonal('A count'),
    invited_at: aTime,
    expires_at: notPersonal('Ends the link'),
    finished_at: aTime,
  }),
  declareTable('role_grant', {
    id: reference,
    organization_id: aBusiness,
    account_id: anAccount,
    role: notPersonal('What somebody may do; given by the business'),
    location_id: notPersonal('A place of the business'),
    granted_by: anAccount,
    granted_at: aTime,
    ended_at: aTime,
    ended_by: anAccount,
  }),
  declareTable('offboarding', {
    id: reference,
    organization_id: aBusiness,
    staff_member_id: anAccount,
    reason: personal(
      ofTheAccount({
        ...aReason,
        subject: 'staff_member_id',
        retention: offboardings,
        reason: 'So that it can be judged whether ending somebody’s access was right',
      }),
    ),
    asked_by: anAccount,
    asked_at: aTime,
    due_at: aTime,
    state: notPersonal('How far it is, one of four words'),
    began_at: aTime,
    completed_at: aTime,
    certificate_hash: notPersonal('SHA-256 of a text of counts and times'),
  }),
  declareTable('offboarding_answer', {
    offboarding_id: reference,
    organization_id: aBusiness,
    service: notPersonal('One of four services'),
    counts: notPersonal('Counts of what was ended'),
    answered_at: aTime,
  }),
  declareTable('dormancy_policy', {
    organization_id: aBusiness,
    notice_after_days: notPersonal('A count'),
    suspend_after_days: notPersonal('A count'),
    set_by: anAccount,
    set_at: aTime,
  }),
  declareTable('time_boxed_role', {
    id: reference,
    organization_id: aBusiness,
    account_id: anAccount,
    role: notPersonal('What somebody may do; given by the business'),
    reason: personal(
      ofTheAccount({
        ...aReason,
        subject: 'account_id',
        retention: timeBoxedRoles,
        reason: 'So that somebody else can judge whether you need it',
      }),
    ),
    minutes: notPersonal('A count'),
    state: notPersonal('What became of it, one of three words'),
    requested_at: aTime,
    decided_by: anAccount,
    decided_at: aTime,
    until: aTime,
    ended_at: aTime,
  }),
  declareTable('service_key', {
    id: reference,
    organization_id: aBusiness,
    account_id: anAccount,
    prefix: notPersonal('Four of 43 random characters'),
    key_hash: notPersonal('SHA-256 of 256 random bits'),
    device_id: reference,
    networks: notPersonal('Networks of the business'),
    made_by: anAccount,
    made_at: aTime,
    expires_at: aTime,
    last_used_at: notPersonal('When a program last used it'),
    revoked_at: aTime,
  }),
];

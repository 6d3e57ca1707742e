import { retentionRule } from '@kept/personal-data';

// Facts §1: HIPAA wants six years of access history; nothing here needs more (unverified, ask a lawyer).
export const auditPeople = retentionRule({
  name: 'people in audit entries',
  clock: 'recorded_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'Who did what must be answerable for six years; the entry itself stays and names nobody any more',
});

export const endedConsents = retentionRule({
  name: 'ended consents',
  clock: 'ended_at',
  period: 'P36M',
  then: 'delete_row',
  reason: 'Three years after a withdrawal nobody can claim any more that there was no consent',
});

/** The history of a consent goes together with it. */
export const historyOfEndedConsents = retentionRule({ ...endedConsents, clock: 'consent.ended_at' });

export const messageDecisions = retentionRule({
  name: 'decisions about messages',
  clock: 'decided_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years are enough to show that a message was allowed',
});

export const knownClients = retentionRule({
  name: 'references of erased clients',
  clock: 'erased_at',
  period: 'P36M',
  then: 'delete_row',
  reason: 'The tombstone keeps late messages from being allowed; after three years none is left',
});

// 45 CFR 164.528 asks for an accounting of six years; nothing here needs more (ask a lawyer).
export const accessRecords = retentionRule({
  name: 'records of who looked at data',
  clock: 'occurred_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'For six years people may ask who has seen their data',
});

/** Whose data a record is about goes together with it. */
export const peopleOfAccessRecords = retentionRule({ ...accessRecords, clock: 'access_record.occurred_at' });

export const accessAlerts = retentionRule({
  name: 'alerts about large downloads',
  clock: 'raised_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'They explain entries of the audit log, which are kept as long',
});

// 45 CFR 164.316(b)(2)(i): what shows that staff were trained is kept for six years.
export const trainingRecords = retentionRule({
  name: 'records of training',
  clock: 'recorded_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'For six years it may be asked whether staff were trained before they worked with data',
});

export const trainingWaivers = retentionRule({
  name: 'waivers of training',
  clock: 'requested_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'An exception is explained as long as the training it stood for',
});

export const trainingAttempts = retentionRule({
  name: 'goes at a training',
  clock: 'started_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years show whether a training teaches; the record of passing it is kept apart',
});

export const trainingMembers = retentionRule({
  name: 'staff who left',
  clock: 'left_at',
  period: 'P6Y',
  then: 'delete_row',
  reason: 'As long as the records of their training',
});

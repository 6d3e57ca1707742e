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

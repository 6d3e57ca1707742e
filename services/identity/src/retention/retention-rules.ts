import { retentionRule, type PersonalData } from '@kept/personal-data';

export const pendingAccounts = retentionRule({
  name: 'unconfirmed-accounts',
  clock: 'created_at',
  period: 'P7D',
  then: 'delete_row',
  onlyWhen: "state = 'PENDING'",
  destroyKeysOf: 'id',
  reason: 'An address that nobody confirmed within a week was mistyped or somebody else’s.',
});

export const inactiveContact = retentionRule({
  name: 'contact-of-inactive-clients',
  clock: 'last_active_at',
  period: 'P24M',
  then: 'shred',
  onlyWhen: "kind = 'CLIENT'",
  reason:
    'Two years after the last activity nobody is expected back; records of bookings and payments have their own terms.',
});

export const withTheAccount = retentionRule({
  name: 'together-with-the-account',
  clock: 'account.created_at',
  period: 'P7D',
  then: 'delete_row',
  reason: 'It has no use without the account.',
});

export const endedSessions = retentionRule({
  name: 'ended-sessions',
  clock: 'expires_at',
  period: 'P90D',
  then: 'delete_row',
  reason: 'Ninety days are enough to look into a break-in that was noticed late.',
});

export const oldFlows = retentionRule({
  name: 'finished-sign-ins',
  clock: 'expires_at',
  period: 'P1D',
  then: 'delete_row',
  reason: 'A flow is good for minutes; a day is kept to answer questions.',
});

export const oldDevices = retentionRule({
  name: 'forgotten-devices',
  clock: 'trusted_until',
  period: 'P90D',
  then: 'delete_row',
  reason: 'A device that is no longer trusted is kept as long as its sessions.',
});

export const oldMail = retentionRule({
  name: 'finished-mail',
  clock: 'finished_at',
  period: 'P90D',
  then: 'delete_row',
  reason: 'To answer whether a mail was sent, and to send none twice.',
});

export const checkableMail = retentionRule({
  name: 'mails-that-can-be-checked',
  clock: 'sent_at',
  period: 'P90D',
  then: 'delete_row',
  reason: 'Whoever doubts a mail asks soon; after ninety days nobody is told any more.',
});

export const contactChanges = retentionRule({
  name: 'changed-addresses',
  clock: 'created_at',
  period: 'P30D',
  then: 'delete_row',
  reason: 'An earlier address is kept to undo a change that was not its owner’s, and to look into it.',
});

export const oldCounters = retentionRule({
  name: 'past-attempts',
  clock: 'window_ends_at',
  period: 'P30D',
  then: 'delete_row',
  reason: 'Whoever guesses slowly is found by failures in a row; after a quiet month they count no more.',
});

/** What every personal column of this service has in common: it serves the account a person has asked for. */
export function ofTheAccount(
  column: Pick<PersonalData, 'subject' | 'category' | 'reason' | 'retention' | 'erase'> &
    Partial<PersonalData>,
): PersonalData {
  return {
    purposes: ['account.security', 'booking.service'],
    basis: 'gdpr:A6-1-b',
    export: 'none',
    ...column,
  };
}

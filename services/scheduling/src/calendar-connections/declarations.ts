import { declareTable, notPersonal, personal, retentionRule, type PersonalData } from '@kept/personal-data';

const unused = retentionRule({
  name: 'calendars that have not been read for half a year',
  clock: 'last_worked_at',
  period: 'P6M',
  then: 'delete_row',
  reason: 'Nobody misses a calendar that has not worked for half a year; its password should not lie here',
});

const past = retentionRule({
  name: 'busy times a week after they are over',
  clock: 'ends_at',
  period: 'P7D',
  then: 'delete_row',
  reason: 'When somebody was busy matters to nobody once it is over',
});

const ofStaff = (
  more: Pick<PersonalData, 'category' | 'reason' | 'retention' | 'erase'> & Partial<PersonalData>,
) =>
  personal({
    subject: 'provider_id',
    purposes: ['booking.service'],
    basis: 'gdpr:A6-1-a',
    export: 'none',
    ...more,
  });

const busy = ofStaff({
  category: 'kept:Schedule',
  reason: 'So that you are not offered while you are busy elsewhere',
  retention: past,
  erase: 'delete',
});

/** Calendars outside, and when they say that somebody is busy. */
export const calendarConnectionDeclarations = [
  declareTable('calendar_connection', {
    id: notPersonal('Random reference'),
    organization_id: notPersonal('A business'),
    provider_id: notPersonal('Random reference of a staff member'),
    kind: notPersonal('How the calendar is read'),
    access: ofStaff({
      category: 'pd:Authenticating',
      fieldClass: 'credential',
      reason: 'Where your calendar is, and the password that you made for us',
      retention: unused,
      erase: 'delete',
    }),
    version: notPersonal('Counts changes'),
    created_at: notPersonal('When it was connected'),
    last_worked_at: notPersonal('When it could be read last'),
    next_sync_at: notPersonal('When it is read next'),
    covered_until: notPersonal('Up to when its times were read'),
    state_seen: notPersonal('What the server calls the state that was read, hashed'),
    failure: notPersonal('Code of what is wrong'),
    failing_since: notPersonal('Since when'),
    failures: notPersonal('How often in a row'),
    told_at: notPersonal('When its owner was told'),
  }),
  declareTable('busy_block', {
    organization_id: notPersonal('A business'),
    provider_id: notPersonal('Random reference of a staff member'),
    connection_id: notPersonal('Random reference of the calendar'),
    starts_at: busy,
    ends_at: busy,
  }),
];

import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const halfAYear = retentionRule({
  name: 'habits of clients',
  clock: 'seen_at',
  period: 'P180D',
  then: 'delete_row',
  reason: 'A device that was not used for half a year is as good as new.',
});

/** On what and from where clients book. */
export const habitDeclarations = [
  declareTable('client_habit', {
    organization_id: notPersonal('A business'),
    client_id: notPersonal('Random reference of the client'),
    kind: notPersonal('What sort of habit, one of two words'),
    value: personal({
      subject: 'client_id',
      category: 'pd:DeviceBased',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-f',
      reason: 'To ask you to confirm a booking that somebody else may be making in your name',
      retention: halfAYear,
      erase: 'delete',
      export: 'client',
      inClearBecause: 'It is a random reference of a device, or a country.',
    }),
    seen_at: notPersonal('When it was seen last'),
  }),
];

import { declareTable, notPersonal, personal, retentionRule, type PersonalData } from '@kept/personal-data';
import { historyWithItsBooking } from '../retention/retention-rules.ts';

const business = notPersonal('A business');

/** After this long somebody taken off a client's list is not counted any more either. */
export const pastDependents = retentionRule({
  name: 'former dependents',
  clock: 'removed_at',
  period: 'P12M',
  then: 'delete_row',
  reason:
    'A year of who came and went shows whether a list of relatives is one; their names are gone at once.',
});

const ofTheClient = {
  subject: 'client_id',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  erase: 'shred',
  export: 'client',
} as const satisfies Partial<PersonalData>;
const sealed = { ...ofTheClient, fieldClass: 'contact' } as const;
const fingerprint = {
  ...ofTheClient,
  basis: 'gdpr:A6-1-f',
  erase: 'delete',
  export: 'none',
  reason: 'To notice when one person books for very many, without reading who they are',
  inClearBecause: 'It is a keyed hash (HMAC-SHA-256, key per organization) and cannot be read back.',
} as const;

/** Tables of the people a booking is for. What they are called is sealed under the key of the client who named them. */
export const attendeeDeclarations = [
  declareTable('dependent', {
    id: notPersonal('Random reference'),
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    relation: personal({
      ...ofTheClient,
      category: 'pd:FamilyStructure',
      reason: 'So that the provider knows for whom you book',
      retention: pastDependents,
      erase: 'delete',
    }),
    name: personal({
      ...sealed,
      category: 'pd:Name',
      reason: 'So that you need not type it again',
      retention: pastDependents,
    }),
    birth_year: personal({
      ...sealed,
      category: 'pd:Age',
      reason: 'So that the provider can prepare for a child',
      retention: pastDependents,
    }),
    added_at: notPersonal('When it was added'),
    removed_at: notPersonal('When it was taken off the list'),
  }),
  declareTable('attendee', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    position: notPersonal('Order'),
    client_id: notPersonal('Random reference of the client'),
    dependent_id: notPersonal('Random reference'),
    name: personal({
      ...sealed,
      category: 'pd:Name',
      reason: 'So that the provider knows who comes',
      retention: historyWithItsBooking,
    }),
    phone: personal({
      ...sealed,
      category: 'pd:TelephoneNumber',
      reason: 'So that the business can call whoever comes',
      retention: historyWithItsBooking,
    }),
    name_index: personal({ ...fingerprint, category: 'pd:Name', retention: historyWithItsBooking }),
    phone_index: personal({
      ...fingerprint,
      category: 'pd:TelephoneNumber',
      retention: historyWithItsBooking,
    }),
    added_by_staff: notPersonal('Random reference of a staff member'),
    added_at: notPersonal('When it was written down'),
  }),
];

import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const business = notPersonal('A business');

const endedKeys = retentionRule({
  name: 'keys that were taken back',
  clock: 'revoked_at',
  period: 'P30D',
  then: 'delete_row',
  reason: 'A month is enough to see why a device no longer reads',
});

/** Public keys of devices, and notes that none of our keys opens. */
export const sealedNoteDeclarations = [
  declareTable('note_key', {
    id: notPersonal('Random reference'),
    organization_id: business,
    person_id: notPersonal('Random reference of a client or staff member'),
    thumbprint: notPersonal('Digest of a public key'),
    public_x: notPersonal('A random public key'),
    device_name: personal({
      subject: 'person_id',
      category: 'pd:DeviceBased',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-b',
      reason: 'So that you know which of your devices reads your notes',
      retention: endedKeys,
      erase: 'delete',
      export: 'client',
    }),
    registered_at: notPersonal('Since when the device can read'),
    revoked_at: notPersonal('When the device was taken back'),
  }),
  declareTable('sealed_note', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    version: notPersonal('Counts changes'),
    jwe: personal({
      subject: 'client_id',
      category: 'pd:MedicalHealth',
      specialCondition: 'gdpr:A9-2-h',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-b',
      reason: 'What only you and your provider may read',
      retention: retentionRule({
        name: 'sealed notes with their booking',
        clock: 'booking.ends_at',
        period: 'P24M',
        then: 'delete_row',
        reason: 'Two years after an appointment nobody needs it any more to look back or complain',
      }),
      erase: 'delete',
      export: 'client',
      inClearBecause: 'It is encrypted on the devices of client and provider; no key of ours opens it.',
    }),
    needs_rewrap: notPersonal('Whether somebody is no longer a reader'),
    written_by: notPersonal('Random reference of who wrote it'),
    written_at: notPersonal('When it was written'),
  }),
];

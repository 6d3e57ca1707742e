import { fieldEncryptionDeclarations } from '@kept/field-encryption';
import { databaseDeclarations } from './database-declarations.ts';
import { declareTable, notPersonal, personal } from './declaration.ts';
import { personalDataDeclarations } from './declarations.ts';
import { retentionRule } from './retention-rule.ts';

// The tables of test-migrations/, as their service would declare them.
const about = {
  subject: 'client_id',
  category: 'pd:Identifying',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  reason: 'To know who comes',
  erase: 'delete',
  export: 'client',
} as const;
export const oldVisits = retentionRule({
  name: 'old visits',
  clock: 'ended_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Nobody asks after two years',
  destroyKeysOf: 'client_id',
});
const oldCards = retentionRule({
  name: 'unused cards',
  clock: 'unused_since',
  period: 'P13M',
  then: 'shred',
  reason: 'A card unused for a year is not used again',
});
export const visits = declareTable('visit', {
  id: notPersonal('Random reference'),
  organization_id: notPersonal('The business'),
  client_id: personal({ ...about, retention: oldVisits }),
  ended_at: notPersonal('When it ended'),
});
export const cards = declareTable('card', {
  id: notPersonal('Random reference'),
  organization_id: notPersonal('The business'),
  client_id: notPersonal('Random reference'),
  unused_since: notPersonal('When it was used last'),
  token: personal({ ...about, fieldClass: 'payment_reference', retention: oldCards }),
  label: personal({ ...about, fieldClass: 'payment_reference', retention: oldCards }),
});

export const others = [
  ...databaseDeclarations,
  ...fieldEncryptionDeclarations,
  ...personalDataDeclarations,
  declareTable('evidence', {
    organization_id: notPersonal('The business'),
    rule: notPersonal('A rule'),
    table_name: notPersonal('A table'),
    removed: notPersonal('A count'),
  }),
];

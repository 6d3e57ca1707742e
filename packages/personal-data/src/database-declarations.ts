import { declareTable, notPersonal, personal } from './declaration.ts';
import { retentionRule } from './retention-rule.ts';

// Longer than any client keeps repeating a request, and than the queues do.
const repetitions = retentionRule({
  name: 'answers kept for repetitions',
  clock: 'created_at',
  period: 'P30D',
  then: 'delete_row',
  reason: 'Nobody repeats a request after a month',
});

/** What the tables of packages/database hold; they stand in every service. */
export const databaseDeclarations = [
  declareTable('organization', {
    id: notPersonal('A business'),
    created_at: notPersonal('When this service learned of the business'),
  }),
  declareTable('idempotency_key', {
    organization_id: notPersonal('A business'),
    actor: personal({
      subject: 'actor',
      category: 'pd:Identifying',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-b',
      reason: 'So that a request that arrives twice is carried out once',
      retention: repetitions,
      erase: 'delete',
      export: 'none',
    }),
    operation: notPersonal('Name of an operation'),
    key: notPersonal('Random number chosen by the client program'),
    request_digest: notPersonal('Digest of a request together with its random key; nothing can be read back'),
    result: notPersonal('Ids and states that the operation answered'),
    created_at: notPersonal('When the request came'),
  }),
  declareTable('kept_migration', {
    set_name: notPersonal('Which part the migration belongs to'),
    file_name: notPersonal('Which migration'),
    checksum: notPersonal('Digest of the migration'),
    applied_at: notPersonal('When it was applied'),
  }),
];

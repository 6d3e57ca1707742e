import { declareTable, notPersonal, personal } from '@kept/personal-data';
import type { PersonalData } from '@kept/personal-data';
import { auditPeople } from '../retention/retention-rules.ts';

const inEntries = (subject: string, reason: string): PersonalData => ({
  subject,
  category: 'pd:Identifying',
  purposes: ['accountability'],
  basis: 'gdpr:A6-1-c',
  reason,
  retention: auditPeople,
  erase: 'delete',
  export: 'client',
});

/** The audit log's tables have no entities: they are written in batches, and read as proofs. */
export const auditDeclarations = [
  declareTable('audit_log', {
    organization_id: notPersonal('A business'),
    size: notPersonal('How many entries its log has'),
  }),
  declareTable('audit_pending', {
    id: notPersonal('Names an entry'),
    organization_id: notPersonal('A business'),
    admission: notPersonal('Order of arrival'),
    entry: notPersonal('Codes, times and salted commitments; people stand in audit_opening'),
    admitted_at: notPersonal('When it arrived'),
  }),
  declareTable('audit_entry', {
    organization_id: notPersonal('A business'),
    sequence: notPersonal('Place in the log'),
    id: notPersonal('Names an entry'),
    action: notPersonal('What was done, a code'),
    entry: notPersonal('Codes, times and salted commitments; people stand in audit_opening'),
    leaf_hash: notPersonal('Digest of the entry'),
    root_after: notPersonal('Digest of the log up to here'),
  }),
  declareTable('audit_node', {
    organization_id: notPersonal('A business'),
    level: notPersonal('Place in the tree'),
    index: notPersonal('Place in the tree'),
    hash: notPersonal('Digest of a part of the log'),
  }),
  declareTable('audit_checkpoint', {
    organization_id: notPersonal('A business'),
    size: notPersonal('How many entries it vouches for'),
    root_hash: notPersonal('Digest of the log'),
    note: notPersonal('Signed size and digest'),
    signed_at: notPersonal('When it was signed'),
  }),
  declareTable('audit_opening', {
    entry_id: notPersonal('Names an entry'),
    organization_id: notPersonal('A business'),
    salt: notPersonal('Random number that hides whom an entry commits to'),
    actor_id: personal(inEntries('actor_id', 'To answer who did what')),
    subject_id: personal(inEntries('data_subject_id', 'To answer what was done to it')),
    data_subject_id: personal(inEntries('data_subject_id', 'To answer whose data it was')),
    recorded_at: notPersonal('When it was recorded'),
  }),
];

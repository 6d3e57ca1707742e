import { declareTable, notPersonal, personal } from '@kept/personal-data';
import type { PersonalData } from '@kept/personal-data';
import { accessAlerts, accessRecords, peopleOfAccessRecords } from '../retention/retention-rules.ts';

const inRecords = (subject: string, reason: string, retention = accessRecords): PersonalData => ({
  subject,
  category: 'pd:Identifying',
  purposes: ['accountability'],
  basis: 'gdpr:A6-1-c',
  reason,
  retention,
  erase: 'keep',
  export: 'client',
});
const business = notPersonal('A business');

/** Access records are written in batches and read by index, so their tables have no entities. */
export const accessRecordDeclarations = [
  declareTable('access_record', {
    id: notPersonal('Names a record'),
    organization_id: business,
    occurred_at: notPersonal('When it was answered'),
    received_at: notPersonal('When it was written down'),
    actor_kind: notPersonal('Client, staff or nobody known'),
    actor_id: personal(inRecords('actor_id', 'To answer who looked')),
    session_id: personal(inRecords('actor_id', 'To tell one device of theirs from another')),
    request_id: notPersonal('Random reference of a request'),
    operation_name: notPersonal('What the app calls the operation'),
    operation_hash: notPersonal('Digest of the text of the operation, without its variables'),
    operation_kind: notPersonal('Query or mutation'),
    client_app: notPersonal('Which app asked'),
    purposes: notPersonal('Purposes from the registry'),
    coordinates: notPersonal('Names of fields'),
    row_count: notPersonal('A count'),
    denied: notPersonal('Names of fields'),
    violations: notPersonal('Names of fields'),
    emergency: notPersonal('Whether it was an emergency access'),
    occurrences: notPersonal('A count'),
  }),
  declareTable('access_subject', {
    record_id: notPersonal('Names a record'),
    data_subject_id: personal(
      inRecords('data_subject_id', 'To answer who looked at your data', peopleOfAccessRecords),
    ),
    organization_id: business,
    actor_id: personal(
      inRecords('actor_id', 'To answer whose data somebody looked at', peopleOfAccessRecords),
    ),
    occurred_at: notPersonal('When it was answered'),
    fields: notPersonal('Which fields, by number'),
  }),
  declareTable('access_alert', {
    id: notPersonal('Names an alert'),
    organization_id: business,
    actor_kind: notPersonal('Client or staff'),
    actor_id: personal(inRecords('actor_id', 'To answer who read unusually much', accessAlerts)),
    raised_at: notPersonal('When it was noticed'),
    people: notPersonal('A count'),
    row_count: notPersonal('A count'),
    policy: notPersonal('The limits that were in force'),
  }),
];

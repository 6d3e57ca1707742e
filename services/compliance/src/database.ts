import { openDatabase, type Database } from '@kept/database';
import { eventsDeclarations } from '@kept/events';
import { fieldEncryptionDeclarations } from '@kept/field-encryption';
import {
  collectDeclarations,
  databaseDeclarations,
  personalDataDeclarations,
  type TableDeclaration,
} from '@kept/personal-data';
import type { Logger } from '@kept/subgraph-kit';
import { accessRecordDeclarations } from './access-records/declarations.ts';
import { auditDeclarations } from './audit/declarations.ts';
import type { ComplianceConfig } from './config.ts';
import { Consent } from './consent/consent.ts';
import { consentDeclarations } from './consent/declarations.ts';
import { PolicyDocument } from './consent/policy-document.ts';
import { trainingDeclarations } from './training/declarations.ts';
import { migrations } from './migrations.ts';

export const complianceEntities = [PolicyDocument, Consent];

/** What every column of this service's database is about and how long it is kept. */
export const complianceDeclarations: TableDeclaration[] = collectDeclarations(complianceEntities, [
  ...databaseDeclarations,
  ...eventsDeclarations,
  ...fieldEncryptionDeclarations,
  ...personalDataDeclarations,
  ...auditDeclarations,
  ...consentDeclarations,
  ...accessRecordDeclarations,
  ...trainingDeclarations,
]);

/** Opens compliance's own database with the role of the application, which cannot pass the tenant wall. */
export function openComplianceDatabase(
  config: Pick<ComplianceConfig, 'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'KEPT_DATABASE_CONNECTIONS'>,
  log?: Logger,
): Promise<Database> {
  return openDatabase({
    url: config.DATABASE_URL,
    ...(config.DATABASE_DIRECT_URL !== undefined && { directUrl: config.DATABASE_DIRECT_URL }),
    entities: complianceEntities,
    migrations,
    applicationName: 'kept-compliance',
    poolMax: config.KEPT_DATABASE_CONNECTIONS,
    ...(log && { log }),
  });
}

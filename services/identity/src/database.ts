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
import { Account } from './accounts/account.ts';
import type { IdentityConfig } from './config.ts';
import { ContactChange } from './contact-change/contact-change.ts';
import { CodeFactor } from './factors/code-factor.ts';
import { passkeyTables } from './factors/passkeys/declarations.ts';
import { passwordTables } from './passwords/declarations.ts';
import { controlTables } from './control/declarations.ts';
import { EmergencyAccess } from './emergency-access/emergency-access.ts';
import { guardianshipTables } from './guardianship/declarations.ts';
import { factorChangeTables } from './factors/changes/declarations.ts';
import { RecoveryCode } from './factors/recovery-code.ts';
import { TotpFactor } from './factors/totp-factor.ts';
import { detectionTables } from './detection/declarations.ts';
import { AttemptCounter } from './lockout/attempt-counter.ts';
import { lockoutTables } from './lockout/declarations.ts';
import { MailMark } from './messages/mail-mark.ts';
import { OutgoingMail } from './messages/outgoing-mail.ts';
import { networkTables } from './network-rules/declarations.ts';
import { noticeTables } from './notices/declarations.ts';
import { OrganizationProfile } from './organizations/organization.ts';
import { PasswordCredential } from './passwords/password-credential.ts';
import { riskTables } from './risk/declarations.ts';
import { peopleTables } from './people/declarations.ts';
import { Device } from './sessions/device.ts';
import { Session } from './sessions/session.ts';
import { AuthFlow } from './sign-in/auth-flow.ts';

import { migrations } from './migrations.ts';

export { migrations as identityMigrations } from './migrations.ts';

export const identityEntities = [
  OrganizationProfile,
  Account,
  PasswordCredential,
  TotpFactor,
  CodeFactor,
  RecoveryCode,
  AuthFlow,
  Device,
  Session,
  AttemptCounter,
  OutgoingMail,
  MailMark,
  ContactChange,
  EmergencyAccess,
];

/** What every column of this service's database is about and how long it is kept. */
export const identityDeclarations: TableDeclaration[] = collectDeclarations(identityEntities, [
  ...databaseDeclarations,
  ...eventsDeclarations,
  ...fieldEncryptionDeclarations,
  ...personalDataDeclarations,
  ...controlTables,
  ...detectionTables,
  ...factorChangeTables,
  ...lockoutTables,
  ...passkeyTables,
  ...passwordTables,
  ...riskTables,
  ...noticeTables,
  ...networkTables,
  ...peopleTables,
  ...guardianshipTables,
]);

/** Opens identity's own database with the role of the application, which cannot pass the tenant wall. */
export function openIdentityDatabase(config: IdentityConfig, log: Logger): Promise<Database> {
  return openDatabase({
    url: config.DATABASE_URL,
    ...(config.DATABASE_DIRECT_URL !== undefined && { directUrl: config.DATABASE_DIRECT_URL }),
    entities: identityEntities,
    applicationName: 'kept-identity',
    poolMax: config.KEPT_DATABASE_CONNECTIONS,
    migrations,
    log,
  });
}

export { attempt } from './attempt.ts';
export { constraintOf, OutcomeUnknown, RolledBack, sqlStateOf } from './database-errors.ts';
export type { DatabaseLog } from './database-log.ts';
export { openHints, type Hints } from './hints.ts';
export { databaseMigrations, migrate } from './migrate.ts';
export { MigrationRefused, readMigrations, type MigrationSet } from './migration-files.ts';
export { IdempotencyConflict, onceByKey, type IdempotentRequest } from './once-by-key.ts';
export {
  openDatabase,
  type Database,
  type DatabaseCounters,
  type DatabaseOptions,
  type Entities,
} from './open-database.ts';
export { grantAccess, provision, roleNames, type Provisioned, type ProvisionOptions } from './provision.ts';
export { schemaDrift } from './schema-drift.ts';
export { tablesOutsideWall } from './tables-outside-wall.ts';
export type { Transaction } from './transaction.ts';

import { join } from 'node:path';
import { databaseMigrations, type MigrationSet } from '@kept/database';
import { eventsMigrations } from '@kept/events';
import { fieldEncryptionMigrations } from '@kept/field-encryption';
import { personalDataMigrations } from '@kept/personal-data';

/** The tables of this service, in the order in which they are made. */
export const migrations: MigrationSet[] = [
  databaseMigrations,
  eventsMigrations,
  fieldEncryptionMigrations,
  personalDataMigrations,
  { name: 'payments', directory: join(import.meta.dirname, '../src/migrations') },
];

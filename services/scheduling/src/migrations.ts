import { join } from 'node:path';
import { databaseMigrations, type MigrationSet } from '@kept/database';
import { eventsMigrations } from '@kept/events';
import { fieldEncryptionMigrations } from '@kept/field-encryption';
import { personalDataMigrations } from '@kept/personal-data';

/** Everything this service's database needs, in order. */
export const migrations: MigrationSet[] = [
  databaseMigrations,
  eventsMigrations,
  fieldEncryptionMigrations,
  personalDataMigrations,
  { name: 'scheduling', directory: join(import.meta.dirname, '../src/migrations') },
];

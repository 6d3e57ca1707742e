import { join } from 'node:path';
import type { MigrationSet } from '@kept/database';

/** Tables `encryption_key` and `data_subject_key`, in each service's own database. */
export const fieldEncryptionMigrations: MigrationSet = {
  name: 'field-encryption',
  // SQL is not compiled: read it from the sources also when running from dist.
  directory: join(import.meta.dirname, '..', 'src', 'migrations'),
};

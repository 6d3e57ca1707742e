import { join } from 'node:path';
import type { MigrationSet } from '@kept/database';

/** Table `legal_hold`, in each service's own database. */
export const personalDataMigrations: MigrationSet = {
  name: 'personal-data',
  // SQL is not compiled: read it from the sources also when running from dist.
  directory: join(import.meta.dirname, '..', 'src', 'migrations'),
};

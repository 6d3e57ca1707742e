import { join } from 'node:path';
import type { MigrationSet } from '@kept/database';

/** Tables `outbox`, `outbox_delivery`, `inbox` and `inbox_trouble`, in each service's own database. */
export const eventsMigrations: MigrationSet = {
  name: 'events',
  // SQL is not compiled: from src and from dist alike this is packages/events/migrations.
  directory: join(import.meta.dirname, '..', 'migrations'),
};

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
import { Booking } from './bookings/booking.ts';
import { SlotHold } from './bookings/slot-hold.ts';
import { BookingDecision } from './approvals/booking-decision.ts';
import { BookingHistory } from './history/booking-history.ts';
import type { SchedulingConfig } from './config.ts';
import { migrations } from './migrations.ts';
import { Provider } from './providers/provider.ts';
import { Reminder } from './reminders/reminder.ts';
import { tablesWithoutEntity } from './retention/tables-without-entity.ts';
import { Service } from './services/service.ts';

export { migrations as schedulingMigrations } from './migrations.ts';

export const schedulingEntities = [
  Booking,
  SlotHold,
  BookingHistory,
  BookingDecision,
  Reminder,
  Service,
  Provider,
];

/** What every column of this service's database is about and how long it is kept. */
export const schedulingDeclarations: TableDeclaration[] = collectDeclarations(schedulingEntities, [
  ...tablesWithoutEntity,
  ...databaseDeclarations,
  ...eventsDeclarations,
  ...fieldEncryptionDeclarations,
  ...personalDataDeclarations,
]);

/** Opens scheduling's own database with the role of the application, which cannot pass the tenant wall. */
export function openSchedulingDatabase(config: SchedulingConfig, log: Logger): Promise<Database> {
  return openDatabase({
    url: config.DATABASE_URL,
    ...(config.DATABASE_DIRECT_URL !== undefined && { directUrl: config.DATABASE_DIRECT_URL }),
    entities: schedulingEntities,
    migrations,
    applicationName: 'kept-scheduling',
    poolMax: config.KEPT_DATABASE_CONNECTIONS,
    log,
  });
}

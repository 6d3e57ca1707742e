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
import { BookingReference } from './bookings/booking-reference.ts';
import type { PaymentsConfig } from './config.ts';
import { Dispute } from './disputes/dispute.ts';
import { PaymentAssessment } from './fraud/payment-assessment.ts';
import { Fee } from './fees/fee.ts';
import { migrations } from './migrations.ts';
import { PaymentOp } from './operations/payment-op.ts';
import { Mandate } from './payment-methods/mandate.ts';
import { PaymentMethodCollection } from './payment-methods/payment-method-collection.ts';
import { PaymentMethod } from './payment-methods/payment-method.ts';
import { ProcessorCustomer } from './payment-methods/processor-customer.ts';
import { Payment } from './payments/payment.ts';
import { Refund } from './refunds/refund.ts';
import { tableDeclarations } from './retention/table-declarations.ts';

// In this order they are purged: payments before the bookings that would take them along without evidence of their own.
export const paymentsEntities = [
  PaymentAssessment,
  Payment,
  Refund,
  Dispute,
  PaymentOp,
  Fee,
  BookingReference,
  PaymentMethodCollection,
  Mandate,
  PaymentMethod,
  ProcessorCustomer,
];

/** What every column of this service's database is about and how long it is kept. */
export const paymentsDeclarations: TableDeclaration[] = collectDeclarations(paymentsEntities, [
  ...tableDeclarations,
  ...databaseDeclarations,
  ...eventsDeclarations,
  ...fieldEncryptionDeclarations,
  ...personalDataDeclarations,
]);

/** Opens payments' own database with the role of the application, which cannot pass the tenant wall. */
export function openPaymentsDatabase(config: PaymentsConfig, log: Logger): Promise<Database> {
  return openDatabase({
    url: config.DATABASE_URL,
    ...(config.DATABASE_DIRECT_URL !== undefined && { directUrl: config.DATABASE_DIRECT_URL }),
    entities: paymentsEntities,
    applicationName: 'kept-payments',
    poolMax: config.KEPT_DATABASE_CONNECTIONS,
    migrations,
    log,
  });
}

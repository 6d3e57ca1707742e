import type { KeyObject } from 'node:crypto';
import type { Database, Transaction } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';
import { refused, type Clock, type Logger, type RequestContext } from '@kept/subgraph-kit';
import { openLoaders, type Loaders } from './loaders.ts';
import type { PaymentProcessor } from './processor/payment-processor.ts';
import type { BookAlarms } from './reconciliation/book-alarms.ts';

/** What this process has opened, for use cases, handlers and jobs alike. */
export interface Payments {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly processor: PaymentProcessor;
  /** Where the processor's page may send people back to. */
  readonly returnOrigins: readonly string[];
  /** The last day on which the processor's attestation of PCI DSS is valid (2027-03-31); null: nobody has said. */
  readonly attestationUntil: string | null;
  /** What somebody must look at, counted for the metrics. */
  readonly bookAlarms: BookAlarms;
  /** Scheduling's key: a quote signed by anything else is none. */
  readonly quoteKey: KeyObject;
  /** Hints to the workers; the rows are the truth and the sweep finds them anyway. */
  readonly settleSoon: (payment: { organizationId: string; paymentId: string }) => void;
  readonly mergeSoon: (eventId: string) => void;
}

/** What a resolver or a use case of one request knows. */
export interface PaymentsContext extends RequestContext {
  readonly payments: Payments;
  readonly loaders: Loaders;
}

/** Builds the context of one request; loaders live exactly as long as it. */
export function contextFor(payments: Payments): (request: RequestContext) => PaymentsContext {
  return (request) => {
    const asked = { ...request, payments };
    return { ...asked, loaders: openLoaders((work) => inOrganization(asked, work)) };
  };
}

/** The organization and the account that ask; only for root fields that anonymous callers cannot reach. */
export function askingAccount(context: PaymentsContext): { organizationId: string; accountId: string } {
  const { organizationId, accountId } = context.caller;
  if (organizationId === null || accountId === null) throw refused.unauthenticated();
  return { organizationId, accountId };
}

/** One transaction in the organization that the caller asks. */
export function inOrganization<T>(
  context: Pick<PaymentsContext, 'caller' | 'payments'>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { organizationId } = context.caller;
  if (organizationId === null) {
    throw refused.badInput('Please say which organization you ask: send the header kept-organization.');
  }
  return context.payments.database.transaction(organizationId, work);
}

import { join } from 'node:path';
import { decryptionFigure } from '@kept/field-encryption';
import type { PassportKey } from '@kept/passport';
import { readSdl, startSubgraph, type TlsFiles } from '@kept/subgraph-kit';
import { bookingRelations, withinPlaces } from './bookings/booking.policy.ts';
import { attestationFigures } from './controls/attestation-figures.ts';
import { contextFor, type Payments, type PaymentsContext } from './context.ts';
import { feeRelations } from './fees/fee.policy.ts';
import { paymentRelations, paymentVerbs } from './payments/payment.policy.ts';
import { resolvers } from './resolvers.ts';
import { webhookRoute } from './webhooks/receive-webhook.ts';

/** Serves the subgraph, and the one address that the payment processor calls. */
export function startApi(
  payments: Payments,
  options: {
    host: string;
    port: number;
    tls?: TlsFiles | undefined;
    passportKeys: readonly PassportKey[];
    metricsToken?: string | undefined;
    webhookSecrets: readonly string[];
  },
): Promise<{ url: string; stop(): Promise<void> }> {
  const { webhookSecrets, ...listening } = options;
  return startSubgraph<PaymentsContext>({
    service: 'payments',
    typeDefs: readSdl(join(import.meta.dirname, '../src')),
    resolvers,
    relations: { ...bookingRelations, ...feeRelations, ...paymentRelations },
    verbs: paymentVerbs,
    withinPlaces,
    context: contextFor(payments),
    ready: () => payments.database.ready(),
    routes: [webhookRoute(payments, webhookSecrets)],
    figures: [
      decryptionFigure(payments.keyring),
      ...payments.bookAlarms.figures(),
      ...attestationFigures(payments),
    ],
    ...listening,
    clock: payments.clock,
    log: payments.log,
  });
}

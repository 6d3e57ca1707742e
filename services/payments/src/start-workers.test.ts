import { generateKeyPairSync } from 'node:crypto';
import { openCarrier, type Carrier } from '@kept/jobs';
import { openLifetime } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { mergeJob, settleJob } from './jobs.ts';
import { brokenInvariants } from './ledger/invariants-for-tests.ts';
import { newsOf, openPaymentsForTests, organizationOf, type UnderTest } from './payments-for-tests.ts';
import { startWorkers } from './start-workers.ts';
import type { Payments } from './context.ts';

// The same saga with the real queues (BullMQ on PostgreSQL) instead of `work()`: jobs, webhooks and sweep find their way.

let test: UnderTest;
let carrier: Carrier;
let payments: Payments;
let stop: () => Promise<void>;

beforeAll(async () => {
  test = await openPaymentsForTests();
  const { log } = test.payments;
  carrier = openCarrier({ service: 'payments', postgresUrl: test.queueUrl, log });
  payments = test.payments;
  Object.assign(payments, {
    settleSoon: (payment: { organizationId: string; paymentId: string }) =>
      void carrier.enqueue(settleJob, payment).catch(() => undefined),
    mergeSoon: (eventId: string) => void carrier.enqueue(mergeJob, { eventId }).catch(() => undefined),
  });
  const lifetime = openLifetime(log);
  stop = () => lifetime.stop();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const config = {
    KEPT_SWEEP_SECONDS: 1,
    KEPT_RECONCILE_SECONDS: 3_600,
    KEPT_SIGNING_KEY: privateKey,
    KEPT_TRUSTED_KEYS: { scheduling: publicKey },
  };
  await startWorkers(payments, { carrier, config, lifetime });
});
afterAll(async () => {
  await stop();
  await carrier.close();
  await test.stop();
});

const statusOf = async (organizationId: string): Promise<string | undefined> => {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ status: string }>(`SELECT status || ' ' || refunded_minor AS status FROM payment`),
  );
  return rows[0]?.status;
};

describe('the workers', () => {
  it('capture, follow webhooks and refund by themselves, also when the answers are lost', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client);
    await test.authorize(client, { quote, paymentMethodId });
    // The answer of the capture is lost; the webhook brings the news.
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents/' });
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await eventually(async () => (await statusOf(organizationId)) === 'CAPTURED 0', { withinMs: 20_000 });
    await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(50));
    await eventually(async () => (await statusOf(organizationId)) === 'CAPTURED 2250', { withinMs: 20_000 });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

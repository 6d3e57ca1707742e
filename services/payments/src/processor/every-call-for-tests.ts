// Every call of the port to the processor, once: tests of what leaves for it and of what is made of its answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Outcome, PaymentProcessor } from './payment-processor.ts';
import { openStripeProcessor } from './stripe-processor.ts';

export interface Heard {
  method: string;
  path: string;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

/** A processor that always answers the same, and remembers what it heard. */
export async function answering(
  status: number,
  body: string,
): Promise<{ processor: PaymentProcessor; heard: Heard[]; stop(): void }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const hear = async () => {
      heard.push({ method, path, headers, body: await text(request) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
    void hear();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    heard,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
    processor: openStripeProcessor({ apiKey: 'sk_test_traps', apiBase: `http://127.0.0.1:${port}` }),
  };
}

const origin = {
  organizationId: '0b8a2a4e-6d2f-4b8c-9d43-aa11bb22cc01',
  paymentId: '0b8a2a4e-6d2f-4b8c-9d43-aa11bb22cc02',
  opId: '0b8a2a4e-6d2f-4b8c-9d43-aa11bb22cc03',
};
const visit = {
  organizationId: origin.organizationId,
  clientId: origin.paymentId,
  collectionId: origin.opId,
};
const amountMinor = 4500n;
const refs = { customerReference: 'cus_x', methodReference: 'pm_x', intentReference: 'pi_x' };

/** Every call of the port that changes something; a new one is entered here, or the count below is wrong. */
export const changes = (p: PaymentProcessor): Record<string, () => Promise<Outcome<unknown>>> => ({
  createCustomer: () =>
    p.createCustomer({ key: 'k', organizationId: visit.organizationId, clientId: visit.clientId }),
  attachMethod: () => p.attachMethod({ key: 'k', token: 'pm_x', ...refs }),
  detachMethod: () => p.detachMethod({ key: 'k', ...refs }),
  authorize: () => p.authorize({ key: 'k', amountMinor, currency: 'EUR', origin, ...refs }),
  confirm: () => p.confirm({ key: 'k', ...refs }),
  capture: () => p.capture({ key: 'k', amountMinor, ...refs }),
  cancel: () => p.cancel({ key: 'k', ...refs }),
  refund: () => p.refund({ key: 'k', amountMinor, origin, ...refs }),
  submitEvidence: () =>
    p.submitEvidence({ key: 'k', disputeReference: 'dp_x', evidence: { text: 'They came.' }, submit: true }),
  createSetup: () => p.createSetup({ key: 'k', origin: visit, ...refs }),
  cancelSetup: () => p.cancelSetup({ key: 'k', setupReference: 'seti_x' }),
  closeCollection: () => p.closeCollection({ key: 'k', collectionReference: 'cs_x' }),
  createCollection: () =>
    p.createCollection({
      key: 'k',
      origin: visit,
      returnUrl: 'https://app.example/',
      cancelUrl: 'https://app.example/',
      expiresAt: new Date(),
      payment: null,
      ...refs,
    }),
});
const page = { createdAfter: new Date(0), cursor: null, limit: 10 };
export const looks = (p: PaymentProcessor): Record<string, () => Promise<Outcome<unknown>>> => ({
  readIntent: () => p.readIntent('pi_x'),
  findIntentByOp: () => p.findIntentByOp(origin.opId),
  readSetup: () => p.readSetup('seti_x'),
  readCollection: () => p.readCollection('cs_x'),
  readCharge: () => p.readCharge('ch_x'),
  readDispute: () => p.readDispute('dp_x'),
  readEvent: () => p.readEvent('evt_x'),
  refundsOfIntent: () => p.refundsOfIntent('pi_x'),
  listIntents: () => p.listIntents(page),
  listRefunds: () => p.listRefunds(page),
  listDisputes: () => p.listDisputes(page),
  listBalanceTransactions: () => p.listBalanceTransactions(page),
  listPayoutLines: () => p.listPayoutLines({ payoutReference: 'po_x', cursor: null, limit: 10 }),
});

/** The same calls with everything that may be asked for besides. */
export const furtherChanges = (p: PaymentProcessor): (() => Promise<Outcome<unknown>>)[] => [
  () =>
    p.authorize({
      key: 'k',
      amountMinor,
      currency: 'EUR',
      origin,
      offSession: true,
      setupFutureUse: true,
      demandAuthentication: true,
      captureMethod: 'automatic',
      ...refs,
    }),
  () =>
    p.createCollection({
      key: 'k',
      origin: visit,
      returnUrl: 'https://app.example/',
      cancelUrl: 'https://app.example/',
      expiresAt: new Date(),
      payment: { amountMinor, currency: 'EUR', title: 'A pass', origin },
      ...refs,
    }),
  () => p.createSetup({ key: 'k', origin: visit, demandAuthentication: true, ...refs }),
  () =>
    p.createCollection({
      key: 'k',
      origin: visit,
      returnUrl: 'https://app.example/',
      cancelUrl: 'https://app.example/',
      expiresAt: new Date(),
      demandAuthentication: true,
      payment: null,
      ...refs,
    }),
  () => p.listIntents({ ...page, cursor: 'pi_x' }),
];

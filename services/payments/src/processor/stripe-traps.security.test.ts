import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { machineCertificate } from '@kept/local-stack/certificate';
import { quickFolder } from '@kept/testing';
import type { Outcome, PaymentProcessor } from './payment-processor.ts';
import { openStripeProcessor } from './stripe-processor.ts';

// The holes that stay closed: the SDK resolves a 422 without an `error`, resends a POST by itself, counts what it measures,
// and would talk to whoever shows a certificate that some authority of this machine has signed.

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Heard {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
}

/** A processor that always answers the same, and remembers what it heard. */
async function answering(
  status: number,
  body: string,
): Promise<{ processor: PaymentProcessor; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    heard.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    heard,
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
const changes = (p: PaymentProcessor): Record<string, () => Promise<Outcome<unknown>>> => ({
  createCustomer: () =>
    p.createCustomer({ key: 'k', organizationId: visit.organizationId, clientId: visit.clientId }),
  attachMethod: () => p.attachMethod({ key: 'k', token: 'pm_x', ...refs }),
  detachMethod: () => p.detachMethod({ key: 'k', ...refs }),
  authorize: () => p.authorize({ key: 'k', amountMinor, currency: 'EUR', origin, ...refs }),
  confirm: () => p.confirm({ key: 'k', ...refs }),
  capture: () => p.capture({ key: 'k', amountMinor, ...refs }),
  cancel: () => p.cancel({ key: 'k', ...refs }),
  refund: () => p.refund({ key: 'k', amountMinor, origin, ...refs }),
  submitEvidence: () => p.submitEvidence({ key: 'k', disputeReference: 'dp_x', evidence: {}, submit: true }),
  createSetup: () => p.createSetup({ key: 'k', origin: visit, ...refs }),
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
const looks = (p: PaymentProcessor): Record<string, () => Promise<Outcome<unknown>>> => ({
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
});

it.each([
  ['422 without an error', 422, '{"detail":"no"}'],
  ['500', 500, '{"error":{"type":"api_error","message":"x"}}'],
  ['409', 409, '{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"x"}}'],
  ['429', 429, '{"error":{"type":"invalid_request_error","code":"rate_limit","message":"x"}}'],
  ['401', 401, '{"error":{"type":"invalid_request_error","message":"x"}}'],
  ['200 with an object of another kind', 200, '{"object":"account","id":"acct_x"}'],
  ['200 with an empty object', 200, '{}'],
  ['200 that is no JSON', 200, '<html>welcome to the hotel</html>'],
])('[payments T6] %s is no success and no refusal of any call', async (_words, status, body) => {
  const { processor } = await answering(status, body);
  for (const [name, call] of Object.entries({ ...changes(processor), ...looks(processor) })) {
    expect([name, (await call()).kind]).toEqual([name, 'UNKNOWN']);
  }
});

it('[PAY-02] no call of the port can carry a card number, and each that changes something carries our own key', async () => {
  const { processor, heard } = await answering(500, '{}');
  const all = { ...changes(processor), ...looks(processor) };
  // Every function of the port is among them: one that is added is added here, too.
  expect(Object.keys(all).sort()).toEqual(Object.keys(processor).sort());
  for (const call of Object.values(changes(processor))) await call();
  expect(heard.length).toBeGreaterThanOrEqual(Object.keys(changes(processor)).length);
  for (const { method, headers } of heard) {
    expect([method, headers['idempotency-key'], headers['stripe-version']]).toEqual([
      'POST',
      'k',
      '2026-10-28.endive',
    ]);
    // What the SDK measured of the call before.
    expect(headers['x-stripe-client-telemetry']).toBeUndefined();
  }
  const port = readFileSync(new URL('payment-processor.ts', import.meta.url), 'utf8');
  expect(port).not.toMatch(/cardNumber|number:|cvc|pan\b/i);
});

it('[PAY-06] is reached over TLS whose certificate one of the named authorities has signed, and no other way', async () => {
  const [ours, other] = await Promise.all([
    machineCertificate(quickFolder('kept-tls-'), new Date()),
    machineCertificate(quickFolder('kept-tls-'), new Date()),
  ]);
  const server = createTlsServer(
    { cert: readFileSync(ours.certificateFile), key: readFileSync(ours.keyFile) },
    (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"object":"customer","id":"cus_over_tls"}');
    },
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiBase = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asking = (authorities?: string) =>
    changes(openStripeProcessor({ apiKey: 'sk_test_tls', apiBase, authorities }))['createCustomer']?.();
  expect(await asking(readFileSync(ours.certificateFile, 'utf8'))).toEqual({
    kind: 'DONE',
    value: 'cus_over_tls',
  });
  expect(await asking(readFileSync(other.certificateFile, 'utf8'))).toMatchObject({ kind: 'UNKNOWN' });
  expect(await asking()).toMatchObject({ kind: 'UNKNOWN' });
  expect(() => openStripeProcessor({ apiKey: 'sk_test_tls', apiBase: 'http://payments.example' })).toThrow(
    'only reached over https',
  );
});

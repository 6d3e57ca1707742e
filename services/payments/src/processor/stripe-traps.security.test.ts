import { readFileSync } from 'node:fs';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { machineCertificate } from '@kept/local-stack/certificate';
import { quickFolder } from '@kept/testing';
import { answering, changes, looks } from './every-call-for-tests.ts';
import { openStripeProcessor } from './stripe-processor.ts';

// The holes that stay closed: the SDK resolves a 422 without an `error`, resends a POST by itself, counts what it measures,
// and would talk to whoever shows a certificate that some authority of this machine has signed.

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function stopLater(server: Server): void {
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
}

it.each([
  ['422 without an error', 422, '{"detail":"no"}'],
  ['422 with the very object', 422, '{"object":"customer","id":"cus_x"}'],
  ['500', 500, '{"error":{"type":"api_error","message":"x"}}'],
  ['409', 409, '{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"x"}}'],
  ['429', 429, '{"error":{"type":"invalid_request_error","code":"rate_limit","message":"x"}}'],
  ['401', 401, '{"error":{"type":"invalid_request_error","message":"x"}}'],
  ['200 with an object of another kind', 200, '{"object":"account","id":"acct_x"}'],
  ['200 with an empty object', 200, '{}'],
  ['200 that is no JSON', 200, '<html>welcome to the hotel</html>'],
])('[payments T6] %s is no success and no refusal of any call', async (_words, status, body) => {
  const { processor, stop } = await answering(status, body);
  stops.push(stop);
  for (const [name, call] of Object.entries({ ...changes(processor), ...looks(processor) })) {
    expect([name, (await call()).kind]).toEqual([name, 'UNKNOWN']);
  }
});

it('[PAY-02] no call of the port can carry a card number, and each that changes something carries our own key', async () => {
  const { processor, heard, stop } = await answering(500, '{}');
  stops.push(stop);
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
  stopLater(server);
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

/** Servers that mean harm, or only look like it, on this machine. */
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

export interface TestCertificate {
  readonly cert: string;
  readonly private: string;
}

/** A certificate that is its own authority. */
export function certificateFor(
  name: string,
  { from, until }: { from: Date; until: Date },
): Promise<TestCertificate> {
  return generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: from,
    notAfterDate: until,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
}

export interface HostileServer {
  /** With `localhost` for a name. */
  readonly url: string;
  /** How many connections were made to it. */
  connections(): number;
  stop(): Promise<void>;
}

/** Listens on this machine; with a certificate, encrypted. */
export async function openHostileServer(
  answer: RequestListener,
  certificate?: TestCertificate,
): Promise<HostileServer> {
  const server: Server = certificate
    ? createSecure({ cert: certificate.cert, key: certificate.private }, answer)
    : createPlain(answer);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate ? 'https' : 'http'}://localhost:${port}`,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

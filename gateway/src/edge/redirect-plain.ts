import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Tells whoever comes unencrypted where to go instead (308, RFC 9110 §15.4.9), before a byte of a body is read, and hangs
 * up: what was in the request's head has already been seen, the body need not be.
 */
export async function redirectPlain(options: {
  readonly host: string;
  readonly port: number;
  readonly securePort: number;
}): Promise<{ port: number; stop(): Promise<void> }> {
  const { host, port, securePort } = options;
  const server = createServer((request, response) => {
    const name = hostnameOf(request.headers.host);
    const path = /^\/[\w/.-]{0,200}$/.test(request.url ?? '') ? request.url : '/';
    const place = securePort === 443 ? name : `${name}:${securePort}`;
    const where = name === undefined ? {} : { location: `https://${place}${path}` };
    response.writeHead(name === undefined ? 400 : 308, {
      ...where,
      connection: 'close',
      'content-length': 0,
    });
    response.end(() => request.socket.destroy());
  });
  server.headersTimeout = 5_000;
  server.maxHeadersCount = 50;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// The client's own word for us, sent back to the same client; but nothing that is not a name or an address.
const hostnameOf = (host: string | undefined) =>
  /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.exec(host ?? '')?.[1];

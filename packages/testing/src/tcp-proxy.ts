import { createConnection, createServer, type Socket } from 'node:net';

/**
 * `cut-request`: the connection ends before the server hears it. `cut-reply`: the server does it, the answer is lost.
 * `swallow-reply`: the server does it, and then there is silence on an open connection.
 */
export type Fault = 'cut-request' | 'cut-reply' | 'swallow-reply';

/** A TCP connection that can go wrong at a chosen moment, between a service and its database or Redis. */
export interface TcpProxy {
  url: string;
  /** Arms one fault for the next request that contains the text, such as `COMMIT`. */
  arm(text: string, fault: Fault): void;
  /** How many faults have happened. */
  readonly faults: number;
  /** Cuts every open connection. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Starts a proxy before `targetUrl`; its own `url` differs from it only in host and port. */
export async function startTcpProxy({ targetUrl }: { targetUrl: string }): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let armed: { text: string; fault: Fault } | undefined;
  let faults = 0;

  const server = createServer((client) => {
    const upstream = createConnection({ host: target.hostname, port: Number(target.port) });
    let replyFault: Fault | undefined;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => {
      if (armed && chunk.includes(armed.text)) {
        const { fault } = armed;
        [armed, faults] = [undefined, faults + 1];
        if (fault === 'cut-request') return end();
        replyFault = fault;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (replyFault === 'cut-reply') return end();
      if (replyFault === undefined) client.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const own = new URL(targetUrl);
  [own.hostname, own.port] = ['127.0.0.1', String(address.port)];
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: own.href,
    arm: (text, fault) => void (armed = { text, fault }),
    get faults() {
      return faults;
    },
    cutAll,
    stop: async () => {
      cutAll();
      await new Promise((done) => server.close(done));
    },
  };
}

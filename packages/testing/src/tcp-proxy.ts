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
  /**
   * From now on, the n-th request (1 is the next) is the last: it never arrives, or it is carried out and its answer is lost.
   * Then every connection is gone and no new one is let in, as for a process killed at that moment.
   */
  dieAt(request: number, fault: 'cut-request' | 'cut-reply'): void;
  /** How many faults have happened. */
  readonly faults: number;
  /** How many requests have passed. */
  readonly requests: number;
  /** Cuts every open connection. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Starts a proxy before `targetUrl`; its own `url` differs from it only in host and port. */
export async function startTcpProxy({ targetUrl }: { targetUrl: string }): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let armed: { text: string; fault: Fault } | undefined;
  let death: { request: number; fault: Fault } | undefined;
  let dead = false;
  let [faults, requests] = [0, 0];
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());

  const server = createServer((client) => {
    if (dead) return void client.destroy();
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
      requests += 1;
      if (death?.request === requests) {
        [dead, faults] = [true, faults + 1];
        if (death.fault === 'cut-request') return cutAll();
        replyFault = death.fault;
      }
      if (armed && chunk.includes(armed.text)) {
        const { fault } = armed;
        [armed, faults] = [undefined, faults + 1];
        if (fault === 'cut-request') return end();
        replyFault = fault;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (dead) return cutAll();
      if (replyFault === 'cut-reply') return end();
      if (replyFault === undefined) client.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const own = new URL(targetUrl);
  [own.hostname, own.port] = ['127.0.0.1', String(address.port)];
  return {
    url: own.href,
    arm: (text, fault) => void (armed = { text, fault }),
    dieAt: (request, fault) => void (death = { request: requests + request, fault }),
    get requests() {
      return requests;
    },
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

import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { startProcessLife, type ProcessLife } from './process-life.ts';

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

/**
 * Starts a proxy before `targetUrl`; its own `url` differs from it only in host and port. Proxies with one `life` belong to
 * one process: they count requests together and end together.
 */
export async function startTcpProxy({
  targetUrl,
  life = startProcessLife(),
}: {
  targetUrl: string;
  life?: ProcessLife;
}): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let armed: { text: string; fault: Fault } | undefined;
  let faults = 0;
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());
  life.onDeath(cutAll);

  const server = createServer((client) => {
    if (life.isOver) return void client.destroy();
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
      const death = life.pass();
      if (death !== undefined) {
        faults += 1;
        if (death === 'cut-request') return life.end();
        replyFault = death;
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
      if (life.isOver) return life.end();
      if (replyFault === 'cut-reply') return end();
      if (replyFault === undefined) client.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: ownUrl(target, server),
    arm: (text, fault) => void (armed = { text, fault }),
    dieAt: (request, fault) => life.dieAt(request, fault),
    get requests() {
      return life.requests;
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

function ownUrl(target: URL, server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const own = new URL(target);
  [own.hostname, own.port] = ['127.0.0.1', String(address.port)];
  return own.href;
}

import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { assertReachable, type Reach } from './check-target.ts';
import { OutboundRefused } from './outbound-refused.ts';

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const CONNECT_MS = 5_000;
const ADDRESSES_MAX = 16;

const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

export interface ConnectOptions extends Reach {
  /** The system's when left out. */
  readonly resolve?: Resolve | undefined;
  /** Trusted besides the public authorities (PEM). */
  readonly authorities?: readonly string[] | undefined;
}

/**
 * Connects to a name by addresses that were looked at first: the name is looked up once for each connection, what came of
 * it is checked, and the connection goes there and nowhere else. A name that shows a public address to whoever asks first
 * and a private one to whoever asks then (DNS rebinding) is never asked twice. One address that is not public refuses the name: it is nobody's mistake.
 * Certificates are always checked; there is no setting that turns it off.
 */
export function openConnector({ development, resolve = resolveBySystem, authorities }: ConnectOptions) {
  const pinned: LookupFunction = (hostname, _options, callback) => {
    resolve(hostname).then(
      (found) => {
        const addresses = found.slice(0, ADDRESSES_MAX);
        try {
          if (addresses.length === 0) throw new OutboundRefused('UNREACHABLE');
          for (const { address } of addresses) assertReachable(address, { development });
        } catch (error) {
          return callback(error as Error, []);
        }
        return callback(null, addresses);
      },
      (error: unknown) => callback(new OutboundRefused('UNREACHABLE', error), []),
    );
  };
  const connect = buildConnector({
    timeout: CONNECT_MS,
    allowH2: false,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    lookup: pinned,
    // Both kinds of address are tried in turn, so the look-up is always asked for all of them.
    autoSelectFamily: true,
    ...(authorities && { ca: [...authorities] }),
  });
  const connector: buildConnector.connector = (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error || !socket) return callback(error ?? new OutboundRefused('UNREACHABLE'), null);
      try {
        // Where the connection did go, as the last word.
        assertReachable(socket.remoteAddress ?? '', { development });
        return callback(null, socket);
      } catch (refusal) {
        socket.destroy();
        return callback(refusal as Error, null);
      }
    });
  return connector;
}

import { Fault, type Clock, type Logger } from '@kept/subgraph-kit';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { request } from 'undici';
import { z } from 'zod';

/** The public keys with which identity signs access tokens. */
export interface KeySet {
  /** The key, or undefined when identity has none of this id. Throws UNAVAILABLE when that cannot be found out. */
  find(keyId: string): Promise<CryptoKey | undefined>;
  stop(): void;
}

const jwks = z.object({
  keys: z.array(
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: z.string().max(100), x: z.string() }),
  ),
});

// Keys rotate in days; a token with a new key id makes us look at once, but a flood of invented ids only this often.
const REFRESH_MS = 5 * 60_000;
const LOOK_AGAIN_MS = 5_000;
const TIMEOUT_MS = 3_000;
const BYTES_MAX = 64 * 1024;

/** Fetches identity's key set and keeps it fresh. While identity is down, the keys we know go on working. */
export function openKeySet(options: {
  url: string;
  clock: Clock;
  log: Logger;
  /** How often it is fetched, in milliseconds; every five minutes when left out. */
  refreshMs?: number;
}): KeySet {
  const { url, log } = options;
  let keys = new Map<string, CryptoKey>();
  let lookedAt = -Infinity;
  let failed = true;
  let underWay: Promise<void> | undefined;
  const look = async () => {
    lookedAt = performance.now();
    try {
      keys = await fetchKeys(url);
      failed = false;
    } catch (error) {
      failed = true;
      log.warn({ err: error }, 'the key set of identity could not be fetched');
    }
  };
  const refresh = () => (underWay ??= look().finally(() => (underWay = undefined)));
  const timer = setInterval(() => void refresh(), options.refreshMs ?? REFRESH_MS);
  timer.unref();
  return {
    async find(keyId) {
      const known = keys.get(keyId);
      if (known) return known;
      if (underWay || performance.now() - lookedAt > LOOK_AGAIN_MS) await refresh();
      const fresh = keys.get(keyId);
      if (!fresh && failed)
        throw new Fault('UNAVAILABLE', 'Signing in cannot be checked right now. Please try again.');
      return fresh;
    },
    stop: () => clearInterval(timer),
  };
}

async function fetchKeys(url: string): Promise<Map<string, CryptoKey>> {
  const { statusCode, body } = await request(url, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const text = await body.text();
  if (statusCode !== 200 || text.length > BYTES_MAX) throw new Error(`identity answered ${statusCode}`);
  const found = await Promise.all(
    jwks.parse(JSON.parse(text)).keys.map(async ({ kid, ...key }): Promise<[string, CryptoKey][]> => {
      const imported = await importJWK(key satisfies JWK, 'EdDSA');
      return imported instanceof Uint8Array ? [] : [[kid, imported]];
    }),
  );
  return new Map(found.flat());
}

import { Agent } from 'node:https';
import { Stripe } from 'stripe';

// Above what a card network takes on a bad day, below what a caller waits for.
const TIMEOUT_MS = 15_000;
/**
 * Written down here, and not left to the package: an account's default, or a newer package, would change what answers
 * mean. Read the processor's changelog before raising it, and the shapes in stripe-facts.ts with it.
 */
const API_VERSION = '2026-10-28.endive';

export interface StripeSettings {
  apiKey: string;
  /** The simulator's address; undefined is Stripe itself. */
  apiBase: string | undefined;
  /** PEM: the only authorities whose word counts for the processor's certificate; undefined is those of the runtime. */
  authorities?: string | undefined;
}

/**
 * Opens the SDK with its traps closed: automatic retries are off (one resend remains, so every POST carries our own key),
 * telemetry is off, the version is ours, every call ends, and what is not this machine is reached over TLS alone.
 */
export function openStripe({ apiKey, apiBase, authorities }: StripeSettings): Stripe {
  const address = addressOf(apiBase);
  const agent = new Agent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    ...(authorities && { ca: authorities }),
  });
  return new Stripe(apiKey, {
    ...address,
    ...(address.protocol !== 'http' && { httpAgent: agent }),
    apiVersion: API_VERSION,
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: TIMEOUT_MS,
  });
}

/** Unencrypted HTTP is for this machine alone; configuration refuses it too, with a sentence. */
function addressOf(apiBase: string | undefined): {
  host?: string;
  port?: string;
  protocol?: 'http' | 'https';
} {
  if (apiBase === undefined) return {};
  const { protocol, hostname, port } = new URL(apiBase);
  const plain = protocol === 'http:';
  if (plain && !isLoopback(hostname)) throw new Error('The payment processor is only reached over https.');
  return { host: hostname, port: port || (plain ? '80' : '443'), protocol: plain ? 'http' : 'https' };
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export const keyed = (key: string) => ({ idempotencyKey: key });

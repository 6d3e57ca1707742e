import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseCaller, type Caller } from './caller.ts';

/** The header that carries a passport from the gateway to a subgraph. The gateway strips it from what clients send. */
export const PASSPORT_HEADER = 'kept-passport';

/** How far a passport's time may lie from the subgraph's clock, both ways, in milliseconds. */
export const PASSPORT_SKEW_MS = 30_000;

/** A key of 32 bytes or more that the gateway shares with exactly one subgraph. */
export interface PassportKey {
  readonly id: string;
  readonly secret: Buffer;
}

/** The passport is missing, altered, too old, meant for somebody else, or was used before. */
export class PassportRefused extends Error {
  override readonly name = 'PassportRefused';
}

interface Signed {
  readonly service: string;
  readonly time: string;
  readonly nonce: string;
  readonly principal: string;
  readonly body: Buffer | string;
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

// One key per subgraph, over everything that makes this request this request: a subgraph that leaks its key
// endangers itself alone, and a captured passport opens neither another body nor another service.
function mac(secret: Buffer, { service, time, nonce, principal, body }: Signed): Buffer {
  const message = ['kept/passport/v1', 'POST', service, time, nonce, sha256(principal), sha256(body)].join(
    '\n',
  );
  return createHmac('sha256', secret).update(message).digest();
}

/** Makes the header that tells `service` who is calling, for this very body. Costs a few microseconds. */
export function signPassport(request: {
  caller: Caller;
  service: string;
  body: Buffer | string;
  key: PassportKey;
  now: Date;
}): string {
  const { caller, service, body, key, now } = request;
  const principal = Buffer.from(JSON.stringify(caller)).toString('base64url');
  const time = String(now.getTime());
  const nonce = randomBytes(12).toString('base64url');
  const signature = mac(key.secret, { service, time, nonce, principal, body }).toString('base64url');
  return ['v1', key.id, time, nonce, principal, signature].join('.');
}

export interface PassportVerifier {
  /** Returns who is calling, or throws `PassportRefused`. Each passport is accepted once. */
  verify(header: string | undefined, body: Buffer): Caller;
}

/** Verifies passports for one service. `keys` holds the active key and, during rotation, the one before it. */
export function openPassportVerifier(options: {
  service: string;
  keys: readonly PassportKey[];
  clock: () => Date;
}): PassportVerifier {
  const seen = rememberNonces();
  return {
    verify(header, body) {
      const [version, keyId, time, nonce, principal, signature, ...rest] = (header ?? '').split('.');
      if (version !== 'v1' || !time || !nonce || !principal || !signature || rest.length > 0) {
        throw new PassportRefused('not a passport');
      }
      const key = options.keys.find((candidate) => candidate.id === keyId);
      if (!key) throw new PassportRefused('unknown key');
      const expected = mac(key.secret, { service: options.service, time, nonce, principal, body });
      const given = Buffer.from(signature, 'base64url');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new PassportRefused('wrong signature');
      }
      const now = options.clock().getTime();
      if (!(Math.abs(now - Number(time)) <= PASSPORT_SKEW_MS)) throw new PassportRefused('not of this time');
      if (!seen.first(nonce, now)) throw new PassportRefused('used before');
      return parseCaller(Buffer.from(principal, 'base64url').toString());
    },
  };
}

// A nonce must be remembered for as long as its passport could still be of this time: two generations of
// at least twice the skew, the older dropped whole, so that forgetting costs nothing per request.
function rememberNonces() {
  let current = new Set<string>();
  let previous = new Set<string>();
  let turnedAt = 0;
  return {
    first(nonce: string, now: number): boolean {
      if (Math.abs(now - turnedAt) > 2 * PASSPORT_SKEW_MS) {
        previous = current;
        current = new Set();
        turnedAt = now;
      }
      if (current.has(nonce) || previous.has(nonce)) return false;
      current.add(nonce);
      return true;
    },
  };
}

/** Reads `kid:base64[,kid:base64]`, the active key first. Throws with a sentence when a key is malformed or short. */
export function parsePassportKeys(text: string): PassportKey[] {
  return text.split(',').map((part) => {
    const [id, encoded, ...rest] = part.trim().split(':');
    const secret = Buffer.from(encoded ?? '', 'base64');
    if (!id || rest.length > 0 || secret.length < 32) {
      throw new Error('A passport key is written id:base64 and holds at least 32 bytes.');
    }
    return { id, secret };
  });
}

import { createHmac, createSecretKey, hash, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { parseCaller, writeCaller, type Caller } from './caller.ts';

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
  readonly principalHash: string;
  readonly body: Buffer | string;
}

const sha256 = (data: Buffer | string) => hash('sha256', data, 'hex');

// One key per subgraph, over everything that makes this request this request: a subgraph that leaks its key
// endangers itself alone, and a captured passport opens neither another body nor another service.
function mac(key: PassportKey, { service, time, nonce, principalHash, body }: Signed) {
  const message = `kept/passport/v1\nPOST\n${service}\n${time}\n${nonce}\n${principalHash}\n${sha256(body)}`;
  return createHmac('sha256', preparedKey(key)).update(message);
}

const preparedKeys = new WeakMap<PassportKey, KeyObject>();
function preparedKey(key: PassportKey): KeyObject {
  const known = preparedKeys.get(key);
  if (known) return known;
  const prepared = createSecretKey(key.secret);
  preparedKeys.set(key, prepared);
  return prepared;
}

interface Principal {
  readonly text: string;
  readonly hash: string;
}
const principals = new WeakMap<Caller, Principal>();

// One client request asks several subgraphs for the same caller: written and hashed once. A caller is never changed
// after it was read from the token (its properties are read-only here); a changed copy is another object.
function principalOf(caller: Caller): Principal {
  const known = principals.get(caller);
  if (known) return known;
  const text = Buffer.from(writeCaller(caller)).toString('base64url');
  const principal = { text, hash: sha256(text) };
  principals.set(caller, principal);
  return principal;
}

// All numbers between these have four digits in base 36.
const COUNT_FROM = 36 ** 3;
const COUNT_TO = 36 ** 4;
let prefix = '';
let counted = COUNT_TO;

// Never used twice is all that a nonce must be: eight random characters of this process and a counter are that, for a
// tenth of the cost of new random bytes. Twelve characters, because V8 keeps a longer piece of a header as a pointer into
// the whole header, which the verifier would then hold in memory for two minutes.
function nextNonce(): string {
  if (counted >= COUNT_TO) {
    prefix = randomBytes(6).toString('base64url');
    counted = COUNT_FROM;
  }
  const nonce = prefix + counted.toString(36);
  counted += 1;
  return nonce;
}

/** Makes the header that tells `service` who is calling, for this very body. Costs about three microseconds. */
export function signPassport(request: {
  caller: Caller;
  service: string;
  body: Buffer | string;
  key: PassportKey;
  now: Date;
}): string {
  const { caller, service, body, key, now } = request;
  const principal = principalOf(caller);
  const time = String(now.getTime());
  const nonce = nextNonce();
  const signature = mac(key, { service, time, nonce, principalHash: principal.hash, body }).digest(
    'base64url',
  );
  return `v1.${key.id}.${time}.${nonce}.${principal.text}.${signature}`;
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
      const { service } = options;
      const expected = mac(key, { service, time, nonce, principalHash: sha256(principal), body }).digest();
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

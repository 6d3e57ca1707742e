import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { EnvelopeRefused } from './errors.ts';

// version (1) | suite (1) | key id (16) | nonce (12) | ciphertext (n) | tag (16)
const VERSION = 1;
const KEY_ID_AT = 2;
const NONCE_AT = 18;
const CIPHERTEXT_AT = 30;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The suite byte gives room to move (ASVS 11.2.2); names are those of RFC 7518. */
const SUITES = new Map([[1, 'A256GCM' as const]]);
const SUITE_WRITTEN = 1;

export interface Envelope {
  version: number;
  alg: 'A256GCM';
  keyId: string;
  nonce: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}

/** Encrypts with AES-256-GCM under a fresh random 96-bit nonce; the header is authenticated together with `bound`. */
export function sealEnvelope(
  key: KeyObject,
  keyId: string,
  content: { text: Buffer; bound: string },
): Buffer {
  const header = Buffer.concat([Buffer.from([VERSION, SUITE_WRITTEN]), uuidBytes(keyId)]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundBytes(header, content.bound));
  const ciphertext = Buffer.concat([cipher.update(content.text), cipher.final()]);
  return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
}

/** Decrypts what `sealEnvelope` wrote for the same key and `bound`; anything else throws `EnvelopeRefused`. */
export function openEnvelope(key: KeyObject, sealed: Uint8Array, bound: string): Buffer {
  const bytes = asBuffer(sealed);
  const envelope = decodeEnvelope(bytes);
  // Without the fixed tag length node:crypto would accept tags cut down to four bytes.
  const decipher = createDecipheriv('aes-256-gcm', key, envelope.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundBytes(bytes.subarray(0, NONCE_AT), bound));
  decipher.setAuthTag(envelope.tag);
  try {
    return Buffer.concat([decipher.update(envelope.ciphertext), decipher.final()]);
  } catch (cause) {
    throw new EnvelopeRefused('A sealed value does not open here: it was changed or moved.', { cause });
  }
}

/** Takes an envelope apart without opening it; refuses versions and suites we never wrote, so nothing can be downgraded. */
export function decodeEnvelope(sealed: Uint8Array): Envelope {
  const bytes = asBuffer(sealed);
  if (bytes.length < CIPHERTEXT_AT + TAG_BYTES)
    throw new EnvelopeRefused('A sealed value is too short to be one.');
  const version = bytes.readUInt8(0);
  const alg = SUITES.get(bytes.readUInt8(1));
  if (version !== VERSION || alg === undefined)
    throw new EnvelopeRefused('A sealed value names a version or suite we do not use.');
  return {
    version,
    alg,
    keyId: uuidText(bytes.subarray(KEY_ID_AT, NONCE_AT)),
    nonce: bytes.subarray(NONCE_AT, CIPHERTEXT_AT),
    ciphertext: bytes.subarray(CIPHERTEXT_AT, -TAG_BYTES),
    tag: bytes.subarray(-TAG_BYTES),
  };
}

/** Joins the parts a value is bound to. A bar inside a part could make two places look alike, so it is refused. */
export function bind(...parts: readonly (string | number)[]): string {
  for (const part of parts)
    if (String(part) === '' || String(part).includes('|'))
      throw new EnvelopeRefused(`"${part}" cannot be part of a place.`);
  return parts.join('|');
}

function boundBytes(header: Buffer, bound: string): Buffer {
  return Buffer.concat([header, Buffer.from(bound, 'utf8')]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uuidBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new EnvelopeRefused('A key id is not a UUID.');
  return bytes;
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

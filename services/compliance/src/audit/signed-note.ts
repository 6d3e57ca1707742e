import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

// C2SP signed-note: text, empty line, `— <name> base64(key id || signature)`.
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
// The note is read before anything about it is trusted; ours have a few hundred characters.
const NOTE_CHARACTERS_MAX = 16_384;

/** Signs a text that ends in a newline. The key's name says whose word it is: for a log, its origin. */
export function signNote(text: string, by: { name: string; privateKey: KeyObject }): string {
  if (!text.endsWith('\n')) throw new TypeError('The text of a note ends in a newline.');
  const id = keyId(by.name, createPublicKey(by.privateKey));
  const signature = sign(null, Buffer.from(text, 'utf8'), by.privateKey);
  return `${text}\n— ${by.name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** The text of a note if the key signed it, or null. Signatures by others are ignored, as the specification asks. */
export function openNote(note: string, by: { name: string; publicKey: KeyObject }): string | null {
  // oxlint-disable-next-line no-control-regex: control characters are exactly what a note must not hold.
  if (note.length > NOTE_CHARACTERS_MAX || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return null;
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return null;
  const text = note.slice(0, split + 1);
  const id = keyId(by.name, by.publicKey);
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const match = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (match === null) return null;
    const bytes = Buffer.from(match[2] ?? '', 'base64');
    if (match[1] !== by.name || !bytes.subarray(0, KEY_ID_BYTES).equals(id)) continue;
    return verify(null, Buffer.from(text, 'utf8'), by.publicKey, bytes.subarray(KEY_ID_BYTES)) ? text : null;
  }
  return null;
}

/** The key in the form in which note tools take it: `<name>+<key id>+<key>`. */
export function verifierKey(name: string, publicKey: KeyObject): string {
  const key = Buffer.concat([Buffer.of(ED25519), rawKey(publicKey)]).toString('base64');
  return `${name}+${keyId(name, publicKey).toString('hex')}+${key}`;
}

function keyId(name: string, publicKey: KeyObject): Buffer {
  if (name === '' || /[\s+]/u.test(name))
    throw new TypeError(`"${name}" cannot be the name of a note's key.`);
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ED25519))
    .update(rawKey(publicKey))
    .digest()
    .subarray(0, KEY_ID_BYTES);
}

/** The 32 bytes of RFC 8032: an SPKI of Ed25519 is a fixed header of 12 bytes and the key. */
function rawKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
}

import { sign, verify } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { readPrivateKey, readPublicKey, type KeyLike } from './keys.ts';

/** The text is not a statement, or not one by this key for this purpose. Never says which: that would help a forger. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
}

const SIGNATURE_BYTES = 64;

// The purpose is signed along: a quote can never be passed off as an event, nor an event as an acknowledgement.
const signed = (prefix: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${prefix}\n`, 'utf8'), payload]);

/** Signs a payload for one purpose: `base64url(canonical JSON).base64url(Ed25519 over "<prefix>\n" + that JSON)`. */
export function signStatement(prefix: string, payload: object, privateKey: KeyLike): string {
  const json = Buffer.from(canonicalJson(payload), 'utf8');
  const signature = sign(null, signed(prefix, json), readPrivateKey(privateKey));
  return `${json.toString('base64url')}.${signature.toString('base64url')}`;
}

/** Gives back the payload if this key signed it for this purpose; throws StatementRefused otherwise. */
export function openStatement(prefix: string, text: string, publicKey: KeyLike): unknown {
  const [payloadText = '', signatureText = '', ...rest] = text.split('.');
  const payload = Buffer.from(payloadText, 'base64url');
  const signature = Buffer.from(signatureText, 'base64url');
  // One statement, one text: Buffer skips what is not base64url, and a second spelling could pass for a second statement.
  const exact =
    rest.length === 0 &&
    signature.length === SIGNATURE_BYTES &&
    payload.toString('base64url') === payloadText &&
    signature.toString('base64url') === signatureText;
  if (!exact || !verify(null, signed(prefix, payload), readPublicKey(publicKey), signature)) {
    throw new StatementRefused('The statement is not genuine.');
  }
  return JSON.parse(payload.toString('utf8'));
}

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** A key, or how the environment writes it: base64 of DER (PKCS8 for one's own, SPKI for others'). */
export type KeyLike = KeyObject | string;

function ed25519(key: KeyObject, type: 'private' | 'public'): KeyObject {
  if (key.asymmetricKeyType === 'ed25519' && key.type === type) return key;
  throw new Error(`Not a ${type} Ed25519 key.`);
}

function fromDer(text: string, read: (der: Buffer) => KeyObject): KeyObject {
  try {
    return read(Buffer.from(text, 'base64'));
  } catch {
    // OpenSSL's message would be about ASN.1; and a private key must not travel in an error's cause.
    throw new Error('A key is not the base64 of a DER key.');
  }
}

/** This service's own key to sign with (`KEPT_SIGNING_KEY`). */
export function readPrivateKey(key: KeyLike): KeyObject {
  if (typeof key !== 'string') return ed25519(key, 'private');
  return ed25519(
    fromDer(key, (der) => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })),
    'private',
  );
}

/** Somebody's key to verify with. */
export function readPublicKey(key: KeyLike): KeyObject {
  if (typeof key !== 'string') return ed25519(key, 'public');
  return ed25519(
    fromDer(key, (der) => createPublicKey({ key: der, format: 'der', type: 'spki' })),
    'public',
  );
}

/** Whose signature counts as whose (`KEPT_TRUSTED_KEYS`); one's own key always does. */
export function trustKeys({
  service,
  signingKey,
  trustedKeys,
}: {
  service: string;
  signingKey: KeyLike;
  trustedKeys: Readonly<Record<string, KeyLike>>;
}): ReadonlyMap<string, KeyObject> {
  const trusted = new Map(Object.entries(trustedKeys).map(([name, key]) => [name, readPublicKey(key)]));
  return trusted.set(service, createPublicKey(readPrivateKey(signingKey)));
}

import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { refused } from '@kept/subgraph-kit';

/** A device's public key, checked. */
export interface PublicNoteKey {
  readonly x: string;
  /** RFC 7638: what names the key everywhere. */
  readonly thumbprint: string;
}

/**
 * Reads an X25519 public key (RFC 8037). Throws BAD_INPUT for any other kind, for other than 32 bytes, and for points of small
 * order: with them everybody's shared secret is the same, and a note would be open to all (RFC 7748 §6.1).
 */
export function readPublicKey({ kty, crv, x }: { kty: string; crv: string; x: string }): PublicNoteKey {
  const wrong = refused.badInput('Please send an X25519 public key (kty OKP, crv X25519).', { field: 'x' });
  const bytes = Buffer.from(x, 'base64url');
  // Written back, or two spellings of one key would be two keys.
  if (kty !== 'OKP' || crv !== 'X25519' || bytes.length !== 32 || bytes.toString('base64url') !== x)
    throw wrong;
  try {
    const publicKey = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
    const { privateKey } = generateKeyPairSync('x25519');
    // OpenSSL refuses a shared secret of zeros, which is what small order gives.
    diffieHellman({ privateKey, publicKey });
  } catch {
    throw wrong;
  }
  return { x, thumbprint: thumbprintOf(x) };
}

/** RFC 7638 over the required members in their order (RFC 8037 §2). */
export const thumbprintOf = (x: string): string =>
  createHash('sha256').update(`{"crv":"X25519","kty":"OKP","x":"${x}"}`).digest('base64url');

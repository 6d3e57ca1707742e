import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

// Each purpose has its own key: a hash that leaks from one table helps with none of the others.
const PURPOSES = [
  'identifier',
  'attempt',
  'network',
  'work',
  'unlock',
  'code',
  'recovery-code',
  'refresh',
  'device',
  'mail-mark',
  'contact-undo',
  'factor-restore',
  'not-me',
  'network-pass',
  'own-account',
  'invitation',
] as const;
type Purpose = (typeof PURPOSES)[number];

/** Keyed hashes of what must be recognised but never read back. */
export interface Secrets {
  hash(purpose: Purpose, ...parts: readonly (string | Buffer)[]): Buffer;
}

/** Derives a key per purpose from the service's root key (HKDF-SHA-256, RFC 5869). */
export function openSecrets(rootKey: Buffer): Secrets {
  const keys = new Map<Purpose, Buffer>(
    PURPOSES.map((purpose) => [
      purpose,
      Buffer.from(hkdfSync('sha256', rootKey, '', `kept/identity/${purpose}/v1`, 32)),
    ]),
  );
  return {
    hash(purpose, ...parts) {
      const key = keys.get(purpose);
      if (!key) throw new Error(`There is no key for ${purpose}.`);
      const mac = createHmac('sha256', key);
      for (const part of parts) {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        const bytes = Buffer.from(part);
        mac.update(`${bytes.length}:`).update(bytes);
      }
      return mac.digest();
    },
  };
}

/** SHA-256, for tokens of full entropy that need no key. */
export const sha256 = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time; buffers of different length are different. */
export const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

// Each purpose has its own key, derived from the service's root key (HKDF-SHA-256, RFC 5869): nothing more to set, and what
// leaks of one helps with none of the others. A new root key ends what waits: ten minutes of requests.
const PURPOSES = ['challenge', 'challenge-answer', 'claim', 'counter'] as const;
type Purpose = (typeof PURPOSES)[number];

/** The keys of requests that nobody has signed. */
export interface RequestSecrets {
  /** Signs challenges, as altcha wants it: a text. */
  readonly challengeKey: string;
  /** Signs the answer within a challenge, so that checking it costs us one HMAC and no work. */
  readonly answerKey: string;
  /** 32 bytes that only this service can make of these parts. */
  hash(purpose: 'claim' | 'counter', ...parts: readonly string[]): Buffer;
}

export function openRequestSecrets(rootKey: Buffer): RequestSecrets {
  const keyOf = (purpose: Purpose): Buffer =>
    Buffer.from(hkdfSync('sha256', rootKey, '', `kept/scheduling/requests/${purpose}/v1`, 32));
  const keys = { claim: keyOf('claim'), counter: keyOf('counter') };
  return {
    challengeKey: keyOf('challenge').toString('hex'),
    answerKey: keyOf('challenge-answer').toString('hex'),
    hash(purpose, ...parts) {
      const mac = createHmac('sha256', keys[purpose]);
      // The length in front keeps ("ab", "c") and ("a", "bc") apart.
      for (const part of parts) mac.update(`${Buffer.byteLength(part)}:`).update(part);
      return mac.digest();
    },
  };
}

/** Compares in constant time; what differs in length is different. */
export const sameBytes = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const SLOT_MS = 60_000;
const BYTES = 16;

/** Nonces that a proof has to carry, so that none can be made long before it is used (RFC 9449 §8, §9). */
export interface Nonces {
  current(now: Date): string;
  /** Good for one to two minutes. */
  isGood(nonce: string, now: Date): boolean;
}

/** Nothing is stored: a nonce is the minute under a key. Gateways with the same secret accept each other's. */
export function openNonces(secret: Buffer): Nonces {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'kept/gateway/dpop-nonce/v1', 32));
  const at = (slot: number): Buffer =>
    createHmac('sha256', key).update(String(slot)).digest().subarray(0, BYTES);
  const slotOf = (now: Date): number => Math.floor(now.getTime() / SLOT_MS);
  return {
    current: (now) => at(slotOf(now)).toString('base64url'),
    isGood(nonce, now) {
      const given = Buffer.from(nonce, 'base64url');
      if (given.length !== BYTES) return false;
      return [slotOf(now), slotOf(now) - 1].some((slot) => timingSafeEqual(at(slot), given));
    },
  };
}

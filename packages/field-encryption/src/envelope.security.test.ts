import { createCipheriv, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { bind, decodeEnvelope, openEnvelope, sealEnvelope } from './envelope.ts';
import { EnvelopeRefused } from './errors.ts';

// The hole this keeps closed: ciphertext that opens after somebody changed it, moved it, or talked us into weaker rules.
const key = createSecretKey(randomBytes(32));
const keyId = randomUUID();
const bound = bind(randomUUID(), 'booking', 'notes', randomUUID(), 1);
const seal = (text: string) => sealEnvelope(key, keyId, { text: Buffer.from(text), bound });

it('opens what it sealed, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(openEnvelope(key, seal(text), bound).toString()).toBe(text);
    }),
  );
});

it('refuses an envelope in which any single bit was flipped', () => {
  const sealed = seal('call her sister first');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(() => openEnvelope(key, changed, bound)).toThrow(EnvelopeRefused);
  }
});

it('refuses a suite or version it never wrote, so that nothing can be downgraded', () => {
  for (const [position, values] of [
    [0, [0, 2, 255]],
    [1, [0, 2, 255]],
  ] as const)
    for (const value of values) {
      const changed = seal('x');
      changed.writeUInt8(value, position);
      expect(() => decodeEnvelope(changed)).toThrow(EnvelopeRefused);
      expect(() => openEnvelope(key, changed, bound)).toThrow(EnvelopeRefused);
    }
});

it('authenticates the header: a valid tag over the same text without it does not open', () => {
  const sealed = seal('x');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound));
  const forged = Buffer.concat([
    sealed.subarray(0, 18),
    nonce,
    cipher.update('x'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  expect(() => openEnvelope(key, forged, bound)).toThrow(EnvelopeRefused);
});

it('refuses an envelope that was cut short, its tag included', () => {
  const sealed = seal('x');
  for (let length = 0; length < sealed.length; length += 1)
    expect(() => openEnvelope(key, sealed.subarray(0, length), bound)).toThrow(EnvelopeRefused);
});

it('uses a fresh 96-bit nonce for each value', () => {
  const nonces = Array.from({ length: 10_000 }, () => decodeEnvelope(seal('same')).nonce.toString('hex'));
  expect(new Set(nonces).size).toBe(10_000);
  expect(nonces.every((nonce) => nonce.length === 24)).toBe(true);
});

it('keeps places apart: a part that contains the separator is refused', () => {
  expect(() => bind('a|b', 'c')).toThrow(EnvelopeRefused);
  expect(() => bind('', 'c')).toThrow(EnvelopeRefused);
  expect(bind('a', 'b|'.slice(0, 1))).toBe('a|b');
});

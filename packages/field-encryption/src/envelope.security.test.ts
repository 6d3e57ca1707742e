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

it('[identity A45] refuses an envelope in which any single bit was flipped', () => {
  const sealed = seal('call her sister first');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(() => openEnvelope(key, changed, bound)).toThrow(EnvelopeRefused);
  }
});

it('[identity A45] refuses every suite and version it never wrote, so that nothing can be downgraded', () => {
  for (const position of [0, 1])
    for (let value = 0; value < 256; value += 1) {
      if (value === 1) continue;
      const changed = seal('x');
      changed.writeUInt8(value, position);
      expect(() => decodeEnvelope(changed)).toThrow(EnvelopeRefused);
      expect(() => openEnvelope(key, changed, bound)).toThrow(EnvelopeRefused);
    }
});

it('[identity A45] authenticates the header: a valid tag over the same text without it does not open', () => {
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

const WRITES = process.env['KEPT_NIGHTLY'] === '1' ? 1_000_000 : 20_000;
it(`[identity A45] uses a fresh 96-bit nonce for each of ${WRITES} values`, () => {
  const nonces = new Set<string>();
  const lengths = new Set<number>();
  for (let write = 0; write < WRITES; write += 1) {
    const { nonce } = decodeEnvelope(seal('same'));
    lengths.add(nonce.length);
    nonces.add(nonce.toString('latin1'));
  }
  expect([nonces.size, ...lengths]).toEqual([WRITES, 12]);
});

it('keeps places apart: a part that contains the separator is refused', () => {
  expect(() => bind('a|b', 'c')).toThrow(EnvelopeRefused);
  expect(() => bind('', 'c')).toThrow(EnvelopeRefused);
  expect(bind('a', 'b|'.slice(0, 1))).toBe('a|b');
});

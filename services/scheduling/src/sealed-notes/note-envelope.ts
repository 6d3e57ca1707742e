import { refused } from '@kept/subgraph-kit';
import { z } from 'zod';

/** 64 KiB as it is sent: pages of text, with room for every device. */
export const JWE_LENGTH_MAX = 65_536;

const base64url = (bytes: { min: number; max: number }) =>
  z.string().refine((text) => {
    const read = Buffer.from(text, 'base64url');
    return read.toString('base64url') === text && read.length >= bytes.min && read.length <= bytes.max;
  });
const exactly = (bytes: number) => base64url({ min: bytes, max: bytes });

// Every member that may be there, and no other: no `jku`, `jwk`, `x5u` or `crit` that a reader could be led by, no `zip`, whose
// lengths tell of what is inside, nothing unprotected beside the recipients.
const envelope = z.strictObject({
  protected: base64url({ min: 2, max: 1000 }),
  iv: exactly(12),
  ciphertext: base64url({ min: 1, max: JWE_LENGTH_MAX }),
  tag: exactly(16),
  recipients: z
    .array(
      z.strictObject({
        header: z.strictObject({
          alg: z.literal('ECDH-ES+A256KW'),
          kid: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
          epk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: exactly(32) }),
        }),
        // RFC 3394: a key of 32 bytes is wrapped to 40.
        encrypted_key: exactly(40),
      }),
    )
    .min(1)
    .max(40),
});

// What every recipient checks along with the text, since it is authenticated: which booking, and which version of it.
const protectedHeader = z.strictObject({
  enc: z.literal('A256GCM'),
  typ: z.literal('kept-note').optional(),
  'kept-booking': z.uuid(),
  'kept-version': z.int().positive(),
});

export type NoteEnvelope = z.infer<typeof envelope>;

/**
 * A note's JWE, checked for form: which algorithms, for whom, of which booking and version. What is inside cannot be looked at here.
 * Throws BAD_INPUT.
 */
export function readEnvelope(
  text: string,
  { bookingId, version }: { bookingId: string; version: number },
): NoteEnvelope {
  const wrong = refused.badInput(
    'This is not a sealed note: a JWE in general JSON serialization, ECDH-ES+A256KW with A256GCM, of this booking and its next version.',
    { field: 'jwe' },
  );
  if (text.length > JWE_LENGTH_MAX) throw wrong;
  const read = envelope.safeParse(jsonOf(text));
  if (!read.success) throw wrong;
  const header = protectedHeader.safeParse(
    jsonOf(Buffer.from(read.data.protected, 'base64url').toString('utf8')),
  );
  const fits =
    header.success && header.data['kept-booking'] === bookingId && header.data['kept-version'] === version;
  if (!fits) throw wrong;
  return read.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

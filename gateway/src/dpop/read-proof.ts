import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { z } from 'zod';

const PROOF_BYTES_MAX = 4_096;
// How far a clock may be off, in seconds. The nonce says when it was made; this says that the app means it for now.
const OLDEST_SECONDS = 60;
const EARLIEST_SECONDS = 5;

const claimsSchema = z.object({
  jti: z.string().min(8).max(200),
  htm: z.string(),
  htu: z.string().max(2_000),
  iat: z.number().int(),
  ath: z.string().optional(),
  nonce: z.string().max(200).optional(),
});

/** What a proof must be for. */
export interface Expected {
  readonly method: string;
  readonly url: string;
  /** The token it goes with; none where somebody signs in or refreshes. */
  readonly accessToken: string | undefined;
  readonly now: Date;
}

/** A proof that its sender holds a key. Whether it was used before, and its nonce, are for others to judge. */
export interface Proof {
  /** SHA-256 of the public key (RFC 7638), in base64url. */
  readonly thumbprint: string;
  readonly id: string;
  readonly nonce: string | undefined;
}

/** Reads a proof (RFC 9449 §4.3); undefined for one that is not for this request, or not a proof. */
export async function readProof(text: string, expected: Expected): Promise<Proof | undefined> {
  if (text.length > PROOF_BYTES_MAX) return undefined;
  try {
    const { payload } = await jwtVerify(text, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256', 'EdDSA', 'Ed25519'],
      currentDate: expected.now,
    });
    const claims = claimsSchema.parse(payload);
    const { jwk } = decodeProtectedHeader(text);
    if (!jwk || !isFor(claims, expected)) return undefined;
    return { thumbprint: await calculateJwkThumbprint(jwk), id: claims.jti, nonce: claims.nonce };
  } catch {
    // Whatever is wrong with it: it proves nothing.
    return undefined;
  }
}

function isFor(claims: z.infer<typeof claimsSchema>, { method, url, accessToken, now }: Expected): boolean {
  const age = Math.floor(now.getTime() / 1_000) - claims.iat;
  return (
    claims.htm === method &&
    withoutQuery(claims.htu) === url &&
    age <= OLDEST_SECONDS &&
    age >= -EARLIEST_SECONDS &&
    (accessToken === undefined || claims.ath === hashOf(accessToken))
  );
}

// What stands behind the path is not part of what is compared (RFC 9449 §4.3, 9).
function withoutQuery(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

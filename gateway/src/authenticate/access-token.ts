import { createHash } from 'node:crypto';
import { ASSURANCES, ROLES } from '@kept/passport';
import { Fault, type Clock } from '@kept/subgraph-kit';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { noteLook } from '../telemetry/cache-looks.ts';
import type { KeySet } from './key-set.ts';

// Names from RFC 9068 where it has them; `org`, `kind` and `sf` (opened with a second factor) are ours.
const claimsSchema = z.object({
  sub: z.uuid(),
  org: z.uuid(),
  sid: z.uuid(),
  kind: z.enum(['CLIENT', 'STAFF', 'SERVICE']),
  roles: z.array(z.enum(ROLES)).max(ROLES.length),
  sf: z.boolean(),
  auth_time: z.number().int(),
  // Until when emergency access that was granted to this session lasts, and which it is.
  emg: z.number().int().optional(),
  emi: z.uuid().optional(),
  // How often the tokens of this session have been withdrawn before (control/).
  gen: z.number().int().default(0),
  // Whether staff have taken the training that comes before everything else; absent from an older identity.
  trn: z.boolean().default(true),
  // How strong the sign-in was (RFC 9470), what kind of app it was made with, and when the session is over unless used.
  acr: z.enum(ASSURANCES).optional(),
  cty: z.enum(['WEB', 'MOBILE']).optional(),
  end: z.number().int().optional(),
  // A vendor's; what identity makes of the session; the device it was made on.
  vnd: z.boolean().default(false),
  rsk: z.enum(['LOW', 'MEDIUM', 'HIGH']).default('LOW'),
  dev: z.uuid().optional(),
  // Proved again a moment ago: until when, and for which operation alone when it says one (SHA-256, base64url).
  sud: z.object({ until: z.number().int(), hash: z.string().max(64).optional() }).optional(),
  // The key it belongs to (RFC 9449 §6.1).
  cnf: z.object({ jkt: z.string().length(43) }).optional(),
  // Clients without an account of their own for whom this one answers; places that the roles of staff are limited to.
  dep: z.array(z.uuid()).max(8).default([]),
  loc: z.array(z.uuid()).min(1).max(50).optional(),
  iat: z.number().int(),
  exp: z.number().int(),
});
export type Claims = z.infer<typeof claimsSchema>;

export interface TokenReader {
  /** Who the token says is calling. Throws UNAUTHENTICATED when it is not ours, altered or no longer valid. */
  read(token: string): Promise<Claims>;
  /** Forgets what was read of tokens of these sessions. */
  forget(sessionIds: readonly string[]): void;
}

// Verifying Ed25519 costs 112 µs, a hash 1 µs (measured): a verdict is kept, but so shortly that it never outlives news.
const KEPT_MS = 30_000;
const KEPT_TOKENS_MAX = 10_000;
const TOKEN_BYTES_MAX = 4_096;

/** Reads access tokens signed by identity (EdDSA alone, `typ: at+jwt`, audience `kept`). */
export function openTokenReader(options: { keys: KeySet; issuer: string; clock: Clock }): TokenReader {
  const { keys, issuer, clock } = options;
  const kept = new Map<string, { claims: Claims; until: number }>();
  return {
    async read(token) {
      const now = clock();
      const hash = createHash('sha256').update(token).digest('base64');
      const known = kept.get(hash);
      const fresh = known !== undefined && now.getTime() < known.until;
      noteLook('tokens', fresh);
      if (fresh) return known.claims;
      const claims = await verify(token, { keys, issuer, now });
      const oldest = kept.size >= KEPT_TOKENS_MAX ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      kept.set(hash, { claims, until: Math.min(endOf(claims) * 1_000, now.getTime() + KEPT_MS) });
      return claims;
    },
    forget(sessionIds) {
      const over = new Set(sessionIds);
      if (over.size === 0) return;
      for (const [hash, { claims }] of kept) if (over.has(claims.sid)) kept.delete(hash);
    },
  };
}

async function verify(token: string, how: { keys: KeySet; issuer: string; now: Date }): Promise<Claims> {
  if (token.length > TOKEN_BYTES_MAX) throw refuse('too long');
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? undefined : await how.keys.find(kid);
        if (!key) throw refuse('unknown key');
        return key;
      },
      {
        algorithms: ['EdDSA', 'Ed25519'],
        typ: 'at+jwt',
        issuer: how.issuer,
        audience: 'kept',
        currentDate: how.now,
        requiredClaims: ['exp', 'iat', 'sub'],
      },
    );
    if (!isWrittenOnce(token)) throw refuse('said twice');
    const claims = claimsSchema.parse(payload);
    if (endOf(claims) * 1_000 <= how.now.getTime()) throw refuse('session over');
    return claims;
  } catch (error) {
    if (error instanceof Fault) throw error;
    const expired = error instanceof errors.JWTExpired;
    throw refuse(expired ? 'expired' : 'invalid', error);
  }
}

/**
 * Whether header and claims are written as identity writes them. What is said twice is read differently by different readers
 * (RFC 8725 §2.4): of ours nothing is.
 */
function isWrittenOnce(token: string): boolean {
  return token
    .split('.', 2)
    .map((part) => Buffer.from(part, 'base64url').toString())
    .every((text) => JSON.stringify(JSON.parse(text)) === text);
}

/** When it is good for nothing any more: its own end, or that of a session that nobody uses (SES-01). */
const endOf = ({ exp, end = exp }: Claims): number => Math.min(exp, end);

const refuse = (detail: string, cause?: unknown) =>
  new Fault('UNAUTHENTICATED', 'Your session is no longer valid. Please sign in again.', { detail, cause });

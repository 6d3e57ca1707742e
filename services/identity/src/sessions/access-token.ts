import { createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import type { Role } from '@kept/passport';
import { calculateJwkThumbprint, exportJWK, SignJWT, type JWK } from 'jose';
import type { AccountKind } from '../accounts/account.ts';
import type { SessionMethod } from './session-limits.ts';

/** Short, because a gateway honours it without asking us. */
export const ACCESS_TOKEN_SECONDS = 300;
const AUDIENCE = 'kept';

/** What an access token says. */
export interface AccessClaims {
  readonly accountId: string;
  readonly organizationId: string;
  readonly sessionId: string;
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  readonly secondFactor: boolean;
  readonly method: SessionMethod;
  readonly authenticatedAt: Date;
  /** Of the session; raised when its tokens are withdrawn although it goes on. */
  readonly tokenGeneration: number;
  /** The emergency access that runs in this session, and when it ends. */
  readonly emergency: { readonly id: string; readonly until: Date } | undefined;
}

/** Issues access tokens (RFC 9068) and publishes the keys to check them with. */
export interface AccessTokens {
  issue(claims: AccessClaims, now: Date): Promise<{ token: string; expiresAt: Date }>;
  readonly keys: { readonly keys: readonly JWK[] };
}

// RFC 8176 has no word for a code that was mailed, and lets both sides agree on one.
function methodsOf({ method, secondFactor }: Pick<AccessClaims, 'method' | 'secondFactor'>): string[] {
  if (method === 'MAIL_CODE') return ['email'];
  return secondFactor ? ['pwd', 'otp', 'mfa'] : ['pwd'];
}

/** Prepares signing. The key's id is its thumbprint (RFC 7638), so a new key can never take an old one's name. */
export async function openAccessTokens(options: { key: KeyObject; issuer: string }): Promise<AccessTokens> {
  const jwk = await exportJWK(createPublicKey(options.key));
  const kid = await calculateJwkThumbprint(jwk);
  return {
    keys: { keys: [{ ...jwk, kid, use: 'sig', alg: 'EdDSA' }] },
    async issue(claims, now) {
      const issuedAt = Math.floor(now.getTime() / 1000);
      const token = await new SignJWT({
        org: claims.organizationId,
        sid: claims.sessionId,
        roles: [...claims.roles],
        kind: claims.kind,
        sf: claims.secondFactor,
        amr: methodsOf(claims),
        auth_time: Math.floor(claims.authenticatedAt.getTime() / 1000),
        gen: claims.tokenGeneration,
        ...(claims.emergency && {
          emg: Math.floor(claims.emergency.until.getTime() / 1000),
          emi: claims.emergency.id,
        }),
      })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
        .setIssuer(options.issuer)
        .setAudience(AUDIENCE)
        .setSubject(claims.accountId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
        .sign(options.key);
      return { token, expiresAt: new Date((issuedAt + ACCESS_TOKEN_SECONDS) * 1000) };
    },
  };
}

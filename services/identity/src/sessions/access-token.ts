import { createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import type { Role } from '@kept/passport';
import { SignJWT, type JWK } from 'jose';
import type { AccountKind } from '../accounts/account.ts';
import { shownKey } from '../keys/token-keys.ts';
import type { ClientType, SessionAssurance, SessionMethod, SessionRisk } from './session-limits.ts';

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
  readonly assurance: SessionAssurance;
  readonly method: SessionMethod;
  readonly clientType: ClientType;
  readonly risk: SessionRisk;
  readonly deviceId: string;
  readonly trained: boolean;
  /** Works for the business, but not in it. */
  readonly vendor: boolean;
  /** Clients without an account of their own for whom this client answers. */
  readonly dependants: readonly string[];
  /** The places that the roles of staff are limited to; null for all. */
  readonly locations: readonly string[] | null;
  /** When the session is over unless somebody uses it. */
  readonly sessionUntil: Date;
  /** When something that the token says ends by itself at the latest: a role, a training. */
  readonly until: Date | null;
  readonly authenticatedAt: Date;
  /** Of the session; raised when its tokens are withdrawn although it goes on. */
  readonly tokenGeneration: number;
  /** The key of the app it is for (RFC 9449 §6.1). */
  readonly keyThumbprint: string | null;
  readonly stepUp?: { readonly until: Date; readonly operationHash: string | null } | undefined;
  /** The emergency access that runs in this session, and when it ends. */
  readonly emergency: { readonly id: string; readonly until: Date } | undefined;
}

/** Issues access tokens (RFC 9068) and publishes the keys to check them with. */
export interface AccessTokens {
  issue(claims: AccessClaims, now: Date): Promise<{ token: string; expiresAt: Date }>;
  readonly keys: { readonly keys: readonly JWK[] };
}

// RFC 8176 has no word for a code that was mailed, and lets both sides agree on one.
function methodsOf({ method, assurance }: Pick<AccessClaims, 'method' | 'assurance'>): string[] {
  if (method === 'MAIL_CODE') return ['email'];
  if (method === 'SERVICE_KEY') return ['swk'];
  if (method === 'PASSKEY') return ['hwk', 'user', 'mfa'];
  if (assurance === 'PASSWORD') return ['pwd'];
  return ['pwd', assurance === 'PHISHING_RESISTANT' ? 'hwk' : 'otp', 'mfa'];
}

// Never longer than what it says is true.
function expiryOf({ sessionUntil, until }: AccessClaims, issuedAt: number): number {
  const ends = [sessionUntil, ...(until === null ? [] : [until])].map((end) =>
    Math.floor(end.getTime() / 1000),
  );
  return Math.max(issuedAt + 1, Math.min(issuedAt + ACCESS_TOKEN_SECONDS, ...ends));
}

/** Prepares signing. `shown`: public keys that are published beside the one that signs, of before and of what comes (A46). */
export async function openAccessTokens(options: {
  key: KeyObject;
  shown?: readonly KeyObject[] | undefined;
  issuer: string;
}): Promise<AccessTokens> {
  const own = await shownKey(createPublicKey(options.key));
  const { kid } = own;
  const others = await Promise.all((options.shown ?? []).map(shownKey));
  return {
    keys: { keys: [own, ...others.filter((other) => other.kid !== kid)] },
    async issue(claims, now) {
      const issuedAt = Math.floor(now.getTime() / 1000);
      const expiresAt = expiryOf(claims, issuedAt);
      const token = await new SignJWT({
        org: claims.organizationId,
        sid: claims.sessionId,
        roles: [...claims.roles],
        kind: claims.kind,
        sf: claims.assurance !== 'PASSWORD',
        acr: claims.assurance,
        cty: claims.clientType,
        rsk: claims.risk,
        dev: claims.deviceId,
        trn: claims.trained,
        end: Math.floor(claims.sessionUntil.getTime() / 1000),
        ...(claims.keyThumbprint !== null && { cnf: { jkt: claims.keyThumbprint } }),
        ...(claims.vendor && { vnd: true }),
        ...(claims.dependants.length > 0 && { dep: [...claims.dependants] }),
        ...(claims.locations !== null && { loc: [...claims.locations] }),
        amr: methodsOf(claims),
        auth_time: Math.floor(claims.authenticatedAt.getTime() / 1000),
        gen: claims.tokenGeneration,
        ...(claims.stepUp && {
          sud: {
            until: Math.floor(claims.stepUp.until.getTime() / 1000),
            ...(claims.stepUp.operationHash !== null && { hash: claims.stepUp.operationHash }),
          },
        }),
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
        .setExpirationTime(expiresAt)
        .sign(options.key);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },
  };
}

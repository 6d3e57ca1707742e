import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '@kept/subgraph-kit';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { openBoundedCache } from '../operations/bounded-cache.ts';
import type { RegisteredApp } from './registry.ts';

/**
 * Whether a token shows that the request comes from the genuine app. The hook for whatever an installation trusts; what
 * ships is `jwtAttestation`. Never throws for a bad token: it is refused.
 */
export type VerifyAttestation = (token: string, app: RegisteredApp) => Promise<'ok' | 'refused'>;

// Asymmetric only: a key file that everybody may read must not be able to sign.
const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'];
const AGE_MAX_SECONDS = 60 * 60;
const CHARACTERS_MAX = 4_096;
const REMEMBERED_MS = 60_000;

/**
 * Attestation by a signed JWT (RFC 7519) of an issuer whose keys stand in a file: Firebase App Check, or a service of
 * one's own that asks Apple's or Google's. Issuer, audience, subject and age are checked; a token that passed is
 * remembered for a minute by its hash, because a signature costs more than the rest of a small request.
 */
export function jwtAttestation({
  apps,
  clock,
}: {
  apps: ReadonlyMap<string, RegisteredApp>;
  clock: Clock;
}): VerifyAttestation {
  const keySets = new Map(
    [...apps.values()].flatMap(({ id, attestation }) =>
      attestation ? [[id, readKeySet(attestation.jwksFile)] as const] : [],
    ),
  );
  const passed = openBoundedCache<number>({ entriesMax: 10_000, keyCharactersMax: 2_000_000 });
  return async (token, { id, attestation }) => {
    const keySet = keySets.get(id);
    if (!attestation || !keySet || token.length > CHARACTERS_MAX) return 'refused';
    const now = clock();
    const key = createHash('sha256').update(`${id}\n${token}`).digest('base64url');
    if ((passed.get(key) ?? 0) > now.getTime()) return 'ok';
    try {
      const { payload } = await jwtVerify(token, keySet, {
        issuer: attestation.issuer,
        audience: attestation.audience,
        ...(attestation.subject !== null && { subject: attestation.subject }),
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'iat'],
        maxTokenAge: AGE_MAX_SECONDS,
        currentDate: now,
      });
      passed.set(key, Math.min(now.getTime() + REMEMBERED_MS, (payload.exp ?? 0) * 1000));
      return 'ok';
    } catch {
      return 'refused';
    }
  };
}

function readKeySet(file: string) {
  try {
    return createLocalJWKSet(JSON.parse(readFileSync(file, 'utf8')) as JSONWebKeySet);
  } catch (cause) {
    throw new Error(`The keys of an app's attestation cannot be read from ${file}.`, { cause });
  }
}

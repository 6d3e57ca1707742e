import type { Kept } from './cookie-plan.ts';

// As long as what it keeps may be good at most, in seconds: a session of a day, a device of thirty, a sign-in of minutes.
const KEPT_SECONDS: Readonly<Record<Kept, number>> = { refresh: 86_400, device: 30 * 86_400, flow: 600 };
// Tokens are base64url with a prefix, ids are UUIDs; whatever else stands there was not written by us.
const VALUE = /^[\w.-]{1,512}$/;

/**
 * The name of a cookie: one of each per organization, so that signing in to one signs nobody out of another. `__Host-`
 * makes browsers take it over encrypted connections alone, from this very host and for all its paths: no neighbouring
 * subdomain can put one there (RFC 6265bis §4.1.3.2; ASVS 3.3.1).
 */
export const cookieName = (kept: Kept, organizationId: string): string =>
  `__Host-kept-${kept}-${organizationId}`;

/** The value of one cookie. One that is there twice is nobody's: somebody may have pushed theirs in between (A33). */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && VALUE.test(value) ? value : undefined;
}

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** Sets a cookie that no script reads and no other site's page sends. Undefined for what cannot stand in one. */
export const writeCookie = (kept: Kept, organizationId: string, value: string): string | undefined =>
  VALUE.test(value)
    ? `${cookieName(kept, organizationId)}=${value}; Max-Age=${KEPT_SECONDS[kept]}; ${ATTRIBUTES}`
    : undefined;

/** Takes a cookie back. */
export const dropCookie = (kept: Kept, organizationId: string): string =>
  `${cookieName(kept, organizationId)}=; Max-Age=0; ${ATTRIBUTES}`;

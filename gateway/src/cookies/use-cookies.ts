import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { refused } from '@kept/subgraph-kit';
import type { ExecutionResult } from 'graphql';
import { cookieName, dropCookie, readCookie, writeCookie } from './cookie-header.ts';
import type { CookiePlace, CookiePlan, Kept } from './cookie-plan.ts';

/** With `1` a browser's app has what signs it in kept in cookies (decision 0029). Without it no cookie is read or set. */
export const COOKIES_HEADER = 'kept-cookies';

/** The cookies of one mutation. */
export interface OperationCookies {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Takes what belongs into cookies out of the answer; gives the headers that put it there. */
  take(result: ExecutionResult): { result: ExecutionResult; headers: Record<string, string | string[]> };
}

interface Given {
  readonly request: IncomingMessage;
  readonly plan: CookiePlan | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly organizationId: string | null;
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: number;
}

/**
 * Fills the variables of a mutation from the browser's cookies, where the app has left them empty. Undefined when the app
 * uses no cookies, or the operation has nothing to do with them. Throws BAD_INPUT for a request that another site's page
 * may have sent, or that came unencrypted.
 */
export function useCookies(given: Given): OperationCookies | undefined {
  const { request, plan, variables, organizationId } = given;
  const asked = request.headers[COOKIES_HEADER];
  if (asked === undefined || plan === null) return undefined;
  if (asked !== '1') throw refuse(COOKIES_HEADER, 'The header kept-cookies says 1, or is left out.');
  checkTransport(given);
  checkOrigin(given);
  if (organizationId === null)
    throw refuse('kept-organization', 'Name the organization whose cookies are meant in kept-organization.');
  if (plan.refusal !== null) throw refuse(COOKIES_HEADER, plan.refusal);
  const { cookie } = request.headers;
  const valueOf = (kept: Kept) => readCookie(cookie, cookieName(kept, organizationId));
  return {
    variables: plan.places.reduce((filled, place) => fill(filled, place, valueOf(place.kept)), variables),
    take: (result) => take(result, plan, organizationId),
  };
}

function fill(
  variables: Readonly<Record<string, unknown>>,
  { variable, member, kept, byCookieAlone }: CookiePlace,
  value: string | undefined,
): Readonly<Record<string, unknown>> {
  const holder = member === null ? variables : variables[variable];
  if (!isObject(holder)) return variables;
  const name = member ?? variable;
  const given = Object.hasOwn(holder, name) ? holder[name] : undefined;
  if (given !== '') {
    // A sign-in goes on in the browser that began it: nobody can be talked into somebody else's (A33).
    if (byCookieAlone && given !== undefined && given !== null)
      throw refuse(kept, 'The sign-in of this browser stands in its cookie: give an empty text instead.');
    return variables;
  }
  const filled = { ...holder, [name]: value ?? '' };
  return Object.assign(
    Object.create(null) as Record<string, unknown>,
    member === null ? filled : { ...variables, [variable]: filled },
  );
}

function take(
  result: ExecutionResult,
  plan: CookiePlan,
  organizationId: string,
): ReturnType<OperationCookies['take']> {
  const cookies: string[] = [];
  const data = emptied(result.data, (name, value) => {
    const kept = plan.answered.get(name);
    if (!kept) return false;
    const cookie = writeCookie(kept, organizationId, value);
    if (cookie !== undefined) cookies.push(cookie);
    return true;
  });
  const left = [...plan.signOuts].filter(([name]) => isObject(data) && isObject(data[name]));
  const everywhere = left.some(([, { everywhere: all }]) => all);
  // Nothing but a sign-out takes cookies back: whoever lost a race for a new token must not take the winner's (A31).
  if (left.length > 0) {
    const kinds: Kept[] = everywhere ? ['refresh', 'flow', 'device'] : ['refresh', 'flow'];
    cookies.push(...kinds.map((kept) => dropCookie(kept, organizationId)));
  }
  return {
    result: data === undefined ? result : { ...result, data: data as Record<string, unknown> | null },
    headers: {
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
      // Not "cookies": that would forget the device, which is known and stays so (ASVS 14.3.1).
      ...(left.length > 0 && { 'clear-site-data': '"cache", "storage"' }),
    },
  };
}

/** A copy in which the texts that `belongs` says yes to are empty. */
function emptied(value: unknown, belongs: (name: string, text: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => emptied(item, belongs));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      typeof item === 'string' ? (belongs(name, item) ? '' : item) : emptied(item, belongs),
    ]),
  );
}

// Browsers take such cookies over https alone, and most of them on this very machine (localhost) without it.
function checkTransport({ request, trustedProxies }: Given): void {
  const { socket, headers } = request;
  if (socket instanceof TLSSocket || isLoopback(socket.localAddress)) return;
  const forwarded = String(headers['x-forwarded-proto'] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  if (trustedProxies > 0 && forwarded === 'https') return;
  throw refuse(COOKIES_HEADER, 'Cookies are for encrypted connections: use https.');
}

const isLoopback = (address: string | undefined) =>
  address !== undefined && /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);

// SameSite=Strict and a header of our own keep other sites' pages out already; a browser that says where it is from is
// believed (ASVS 3.5.1: more than one of these).
function checkOrigin({ request, allowedOrigins }: Given): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  const own = origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
  const strange = origin !== undefined && !own && !allowedOrigins.includes(origin);
  if (strange || site === 'cross-site')
    throw refuse('origin', 'Cookies are for pages of the same site, from an origin that is allowed.');
}

const refuse = (field: string, sentence: string) => refused.badInput(sentence, { field });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

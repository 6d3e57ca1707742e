import type { IncomingMessage } from 'node:http';
import { ORGANIZATION_HEADER } from '../authenticate/caller.ts';
import { CLIENT_HEADERS } from '../clients/open-clients.ts';
import { COOKIES_HEADER } from '../cookies/use-cookies.ts';
import { NONCE_HEADER, PROOF_HEADER } from '../dpop/open-proofs.ts';
import { REQUEST_ID_HEADER } from './answer-operation.ts';

const PREFLIGHT_SECONDS = '7200';
const EXPOSED = [
  REQUEST_ID_HEADER,
  NONCE_HEADER,
  'www-authenticate',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
].join(', ');
const SENT = [
  'content-type',
  'authorization',
  ORGANIZATION_HEADER,
  COOKIES_HEADER,
  PROOF_HEADER,
  ...Object.values(CLIENT_HEADERS),
];

/**
 * What a browser on another origin is told. Origins are compared whole; there is no `*`. Cookies are allowed to a request
 * that says it uses them; no other's are read (decision 0029).
 */
export function corsHeaders(
  request: IncomingMessage,
  allowedOrigins: readonly string[],
): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined || !allowedOrigins.includes(origin)) return { vary: 'origin' };
  const always = {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    ...(usesCookies(request) && { 'access-control-allow-credentials': 'true' }),
  };
  if (request.method !== 'OPTIONS') return always;
  return {
    ...always,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': SENT.join(', '),
    'access-control-max-age': PREFLIGHT_SECONDS,
  };
}

// In a preflight the browser names the headers that it is about to send.
const usesCookies = ({ headers }: IncomingMessage): boolean =>
  headers[COOKIES_HEADER] !== undefined ||
  (headers['access-control-request-headers'] ?? '')
    .toLowerCase()
    .split(',')
    .some((name) => name.trim() === COOKIES_HEADER);

import type { IncomingMessage } from 'node:http';
import { ORGANIZATION_HEADER } from '../authenticate/caller.ts';
import { CLIENT_HEADERS } from '../clients/open-clients.ts';
import { REQUEST_ID_HEADER } from './answer-operation.ts';

const PREFLIGHT_SECONDS = '7200';
const EXPOSED = [REQUEST_ID_HEADER, 'retry-after', 'ratelimit', 'ratelimit-policy'].join(', ');
const SENT = ['content-type', 'authorization', ORGANIZATION_HEADER, ...Object.values(CLIENT_HEADERS)];

/**
 * What a browser on another origin is told. Origins are compared whole; there is no `*`, and no credentials are allowed
 * because the gateway reads no cookies.
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
  };
  if (request.method !== 'OPTIONS') return always;
  return {
    ...always,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': SENT.join(', '),
    'access-control-max-age': PREFLIGHT_SECONDS,
  };
}

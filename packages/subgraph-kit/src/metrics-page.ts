import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Registry } from 'prom-client';
import { json, type HttpAnswer } from './http-server.ts';

/** Where Prometheus reads, on every process that has `KEPT_METRICS_TOKEN`. Without that setting there is no such page. */
export const METRICS_PATH = '/metrics';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * The process's figures for whoever holds the token: `authorization: Bearer …`, compared in constant time. They tell how
 * busy a business is and which of its doors are tried, so they are nobody else's.
 */
export function openMetricsPage(
  registry: Registry,
  token: string,
): (headers: IncomingHttpHeaders) => Promise<HttpAnswer> {
  const expected = digest(`Bearer ${token}`);
  return async ({ authorization = '' }) => {
    if (!timingSafeEqual(digest(authorization), expected)) {
      const refused = json(401, { error: 'Send the metrics token as "Authorization: Bearer …".' });
      return { ...refused, headers: { ...refused.headers, 'www-authenticate': 'Bearer' } };
    }
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() };
  };
}

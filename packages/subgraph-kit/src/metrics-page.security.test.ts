// Figures tell how busy a business is and which doors are tried. The hole is a page of them that anybody can read.
import { Registry, Counter } from 'prom-client';
import { listen } from './http-server.ts';
import { openLog } from './log.ts';
import { openMetrics } from './metrics.ts';
import { METRICS_PATH, openMetricsPage } from './metrics-page.ts';

const registry = new Registry();
new Counter({ name: 'kept_bookings_total', help: 'Bookings.', registers: [registry] }).inc(7);
const token = 'a-metrics-token-of-some-length';
let server: { url: string; stop(): Promise<void> };
beforeAll(async () => {
  const page = openMetricsPage(registry, token);
  server = await listen({
    host: '127.0.0.1',
    port: 0,
    routes: [{ method: 'GET', path: METRICS_PATH, handle: ({ headers }) => page(headers) }],
    log: openLog({ service: 'figures', level: 'silent' }),
  });
});
afterAll(() => server.stop());
const ask = async (authorization?: string) => {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${server.url}${METRICS_PATH}`, { headers });
  return { status: response.status, text: await response.text() };
};

it('shows a process’s figures to whoever holds the token', async () => {
  const { status, text } = await ask(`Bearer ${token}`);
  expect([status, text]).toEqual([200, expect.stringContaining('kept_bookings_total 7')]);
});

it.each([
  undefined,
  '',
  token,
  `Bearer ${token}x`,
  `Bearer ${token.slice(0, -1)}`,
  `bearer ${token}`,
  'Bearer ',
])('shows nothing to whoever says %s', async (authorization) => {
  const { status, text } = await ask(authorization);
  expect(status).toBe(401);
  expect(text).not.toMatch(/kept_|token-of/);
});

it('shows what a service counts itself, as it is at the moment', async () => {
  let alerts = 1;
  const own = openMetrics('compliance', [
    { name: 'kept_download_alerts_total', help: 'Alerts.', value: () => alerts },
  ]).registry;
  expect(await own.metrics()).toContain('kept_download_alerts_total{service="compliance"} 1');
  alerts = 3;
  expect(await own.metrics()).toContain('kept_download_alerts_total{service="compliance"} 3');
});

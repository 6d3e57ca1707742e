import { openTestGraph } from '../test-graph/open-test-graph.ts';
import { limitsWith } from './settings.ts';

it('shows which limit refused how often, and nothing of whom', async () => {
  const metricsToken = 'a-token-for-the-figures-of-limits';
  const graph = await openTestGraph({
    telemetry: { metricsToken },
    limits: { settings: limitsWith({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: 6 }) },
  });
  const figures = async () => {
    const page = await fetch(`${graph.url}/metrics`, {
      headers: { authorization: `Bearer ${metricsToken}` },
    });
    return (await page.text()).split('\n').filter((line) => line.startsWith('kept_gateway_limit_'));
  };
  expect((await graph.ask('{ services { name } }')).codes).toEqual([]);
  expect(await figures()).toEqual([]);
  expect((await graph.ask('{ services { name } }')).codes).toEqual(['RATE_LIMITED']);
  expect(await figures()).toEqual(['kept_gateway_limit_refused_total{limit="address",service="gateway"} 1']);
  await graph.stop();
});

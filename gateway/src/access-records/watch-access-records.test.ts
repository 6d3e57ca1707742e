import { Registry } from 'prom-client';
import { watchLive } from '../live/watch-live.ts';
import { watchAccessRecords } from './watch-access-records.ts';

it('shows what was recorded, waits and was lost, as it is when somebody looks', async () => {
  const registry = new Registry();
  const figures = { recorded: 7, waiting: 2, sent: 4, lost: 1, failures: 3, anonymousDenials: 5 };
  watchAccessRecords({ figures: () => figures }, registry);
  const live = { streams: 6 };
  watchLive(live, registry);
  const valuesOf = async () =>
    Object.fromEntries(
      (await registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('kept_'))
        .map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]),
    );
  const first = await valuesOf();
  expect(first).toEqual({
    kept_gateway_access_records_recorded_total: 7,
    kept_gateway_access_records_sent_total: 4,
    kept_gateway_access_records_lost_total: 1,
    kept_gateway_access_records_failures_total: 3,
    kept_gateway_access_records_anonymous_denials_total: 5,
    kept_gateway_access_records_waiting: 2,
    kept_gateway_live_queries: 6,
  });
  figures.recorded = 8;
  live.streams = 0;
  expect(await valuesOf()).toMatchObject({
    kept_gateway_access_records_recorded_total: 8,
    kept_gateway_live_queries: 0,
  });
});

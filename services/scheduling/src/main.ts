import { openLog, runService } from '@kept/subgraph-kit';
import { logLevel, readSchedulingConfig } from './config.ts';
import { startScheduling } from './start-scheduling.ts';

const service = 'scheduling';
const log = openLog({ service, level: logLevel() });

await runService({
  service,
  log,
  start: async (lifetime) => {
    await startScheduling({ config: readSchedulingConfig(), log, lifetime });
  },
});

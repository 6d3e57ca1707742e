import { openClock, openLog } from '@kept/subgraph-kit';
import { readSchedulingConfig } from './config.ts';
import { openSchedulingDatabase } from './database.ts';
import { seedDemo } from './seed-demo.ts';

const config = readSchedulingConfig();
const log = openLog({ service: 'scheduling', level: config.KEPT_LOG_LEVEL });
const database = await openSchedulingDatabase(config, log);
try {
  await seedDemo(database, openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE })());
  log.info('the demonstration is seeded');
} finally {
  await database.close();
}

// The demo of `npm start` needs nothing of payments: organizations arrive as events, cards and payments are made in the
// story itself, with the test tokens of the simulator. The file stands here so that every service has its seed; it checks
// the settings and that the database can be used, and creates nothing. Runs as often as you like.
import { openLog } from '@kept/subgraph-kit';
import { readPaymentsConfig } from './config.ts';
import { openPaymentsDatabase } from './database.ts';

const config = readPaymentsConfig();
const log = openLog({ service: 'payments', level: config.KEPT_LOG_LEVEL });
const database = await openPaymentsDatabase(config, log);
await database.ready();
await database.close();
log.info('nothing to seed');

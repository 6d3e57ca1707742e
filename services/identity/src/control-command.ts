import { userInfo } from 'node:os';
import { openDatabase } from '@kept/database';
import { openClock } from '@kept/subgraph-kit';
import { readControlConfig } from './config.ts';
import { runControlCommand } from './control/control-command.ts';

// `node dist/control-command.js isolate|release|list`: for whoever runs identity, and for `npm run control`.
const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const config = readControlConfig();
  const database = await openDatabase({
    url: config.DATABASE_URL,
    entities: [],
    applicationName: 'kept-control',
    poolMax: 2,
  });
  try {
    process.exitCode = await runControlCommand(process.argv.slice(2), {
      database,
      clock: openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE }),
      operator: userInfo().username,
      print,
    });
  } finally {
    await database.close();
  }
} catch (error) {
  process.stderr.write(`control: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

// The server of one test run. scripts/test.mjs (plain JavaScript, so that it can speak on an old Node) starts this file and
// reads one line of JSON from it. It ends when its standard input ends, so a killed test run leaves no server behind.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresTrouble, startPostgres } from '@kept/local-stack/postgres';

const folder = await mkdtemp(join(process.env['KEPT_TEST_FOLDER'] ?? tmpdir(), 'kept-test-'));
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });

try {
  await chmod(folder, 0o755); // mkdtemp makes it 0700, and as root PostgreSQL runs under another account
  const server = await startPostgres({
    dataDirectory: join(folder, 'data'),
    maxConnections: 300,
    sharedBuffers: '128MB',
    durable: false,
  });
  say({ url: server.adminUrl });
  process.stdin.resume();
  process.stdin.once('end', () => void server.stop());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void server.stop());
  const { wanted, lastWords } = await server.ended;
  if (!wanted) say({ trouble: `PostgreSQL ended in the middle of the tests: ${lastWords}` });
  await removeFolder();
  process.exit(wanted ? 0 : 1);
} catch (error) {
  await removeFolder();
  say({ trouble: error instanceof PostgresTrouble ? error.message : String((error as Error).stack) });
  process.exit(1);
}

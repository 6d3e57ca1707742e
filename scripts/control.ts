// `npm run control -- isolate organization|actor|service ID --reason "…" [--minutes N] | release … | list`: asks identity's own
// command, with the database of the environment, or else with that of the stack that `npm start` runs here.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

async function readDatabaseUrl(): Promise<string | null> {
  const given = process.env['DATABASE_URL'];
  if (given) return given;
  try {
    const stack = JSON.parse(await readFile(join(root, '.kept/stack.json'), 'utf8')) as {
      databases: { identity: { appUrl: string } };
    };
    return stack.databases.identity.appUrl;
  } catch {
    return null;
  }
}

const databaseUrl = await readDatabaseUrl();
if (databaseUrl === null) {
  process.stderr.write(
    'Kept is not running here. Start it with `npm start`, or set DATABASE_URL (of identity).\n',
  );
  process.exitCode = 2;
} else {
  const command = join(root, 'services/identity/src/control-command.ts');
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--conditions=source', command, ...process.argv.slice(2)],
    { stdio: 'inherit', cwd: root, env: { ...process.env, DATABASE_URL: databaseUrl } },
  );
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
}

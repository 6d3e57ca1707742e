// `npm run audit -- verify [--checkpoint FILE] | prove ENTRY_ID | consistency FILE | checkpoint`: asks the compliance service's own command,
// with the settings of the environment, or else with those of the stack that `npm start` runs here.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Settings {
  DATABASE_URL: string;
  KEPT_TRUSTED_KEYS: string;
}

async function readKept<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(join(root, '.kept', file), 'utf8')) as T;
  } catch {
    return null;
  }
}

async function readSettings(): Promise<Settings | null> {
  const { DATABASE_URL, KEPT_TRUSTED_KEYS } = process.env;
  if (DATABASE_URL && KEPT_TRUSTED_KEYS) return { DATABASE_URL, KEPT_TRUSTED_KEYS };
  const stack = await readKept<{ databases: { compliance: { appUrl: string } } }>('stack.json');
  const secrets = await readKept<{ services: { compliance: { publicKey: string } } }>('secrets.json');
  if (stack === null || secrets === null) return null;
  const { publicKey } = secrets.services.compliance;
  return {
    DATABASE_URL: stack.databases.compliance.appUrl,
    KEPT_TRUSTED_KEYS: JSON.stringify({ compliance: publicKey }),
  };
}

const settings = await readSettings();
if (settings === null) {
  process.stderr.write(
    'Kept is not running here. Start it with `npm start`, or set DATABASE_URL (of compliance) and KEPT_TRUSTED_KEYS.\n',
  );
  process.exitCode = 2;
} else {
  const command = join(root, 'services/compliance/src/audit-command.ts');
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--conditions=source', command, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      // Paths in the arguments are relative to where the person stands.
      cwd: process.env['INIT_CWD'] ?? process.cwd(),
      // Entities need our decorators; tsx reads the compiler options of this one file.
      env: { ...process.env, ...settings, TSX_TSCONFIG_PATH: join(import.meta.dirname, 'tsconfig.tsx.json') },
    },
  );
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
}

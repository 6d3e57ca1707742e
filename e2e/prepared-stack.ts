// A stack's first start makes and fills its databases, which costs as much as all that follows. One is made for a test run,
// and every story starts on a copy of it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { prepareStack } from '@kept/local-stack';
import { quickFolder } from '@kept/testing';

const shared = process.env['KEPT_TEST_FOLDER'];

async function preparedIn(folder: string): Promise<string> {
  await prepareStack({ directory: folder, ports: 'free', from: 'dist', durable: false });
  return folder;
}

/** A folder as a stack's first start leaves it, of its own for each caller. */
export async function copyOfPreparedStack(): Promise<string> {
  if (!shared) return preparedIn(quickFolder('kept-e2e-'));
  const prepared = join(shared, 'prepared-stack');
  // Under its name only when it is whole.
  if (!existsSync(prepared)) renameSync(await preparedIn(quickFolder('kept-preparing-')), prepared);
  const copy = quickFolder('kept-e2e-');
  try {
    // With its owners, which cpSync does not keep: as root PostgreSQL runs under another account.
    execFileSync('cp', ['-a', `${prepared}/.`, copy], { stdio: 'ignore' });
  } catch {
    cpSync(prepared, copy, { recursive: true });
  }
  return copy;
}

import { execFileSync } from 'node:child_process';
import { platform } from 'node:os';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PostgresTrouble } from './trouble.ts';

/** The account PostgreSQL runs under when root starts us: PostgreSQL refuses to run as root. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** `null` when we are not root and PostgreSQL simply runs as we do. We never add users to somebody's machine. */
export function accountForPostgres(): Account | null {
  if (platform() === 'win32' || process.getuid?.() !== 0) return null;
  const id = (flag: string, name: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const name of ['postgres', 'nobody']) {
    try {
      return { name, uid: id('-u', name), gid: id('-g', name) };
    } catch {
      // No such account here: try the next one.
    }
  }
  throw new PostgresTrouble(
    'PostgreSQL refuses to run as root and there is no other account; run as an ordinary user.',
  );
}

/** Whether the account may walk down to this path: every folder on the way needs the x bit. */
export async function canReach(account: Account, path: string): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

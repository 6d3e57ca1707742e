import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canReach, type Account } from './account.ts';
import { PostgresTrouble } from './trouble.ts';

/**
 * Where the data really goes. Only for root in a folder that others may not enter (a clone in /root, the usual place in a
 * container) it is elsewhere: PostgreSQL runs under another account and could not get in. A link stays at the wanted place
 * and is the record: once it is deleted with its folder, the next start begins afresh.
 */
export async function withinReach(
  wanted: string,
  account: Account | null,
  log: (line: string) => void,
): Promise<string> {
  await mkdir(dirname(wanted), { recursive: true, mode: 0o755 });
  if (!account || (await canReach(account, dirname(wanted)))) return wanted;
  const roots = ['/var/lib', tmpdir()].filter((folder) => existsSync(folder));
  const name = `kept-postgres-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`;
  const place = join(roots[0] ?? tmpdir(), name);
  const link = await lstat(wanted).catch(() => null);
  if (
    link?.isSymbolicLink() &&
    (await realpath(wanted).catch(() => '')) === (await realpath(place).catch(() => place))
  ) {
    return place;
  }
  if (link && !link.isSymbolicLink()) {
    throw new PostgresTrouble(
      `PostgreSQL refuses to run as root, and the account "${account.name}" cannot enter ${wanted}; start as the user who made it.`,
    );
  }
  await rm(wanted, { force: true });
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { mode: 0o700 });
  await symlink(place, wanted);
  log(`The account "${account.name}" cannot enter ${dirname(wanted)}, so the data is in ${place}.`);
  return place;
}

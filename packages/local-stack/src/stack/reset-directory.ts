import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { claimDirectory } from './claim-directory.ts';
import { StackTrouble } from './trouble.ts';

const ours = ['secrets.json', 'postgres', 'log', 'launcher.pid'];

/** Removes everything a stack has kept in its directory. Refused while it runs, and for a directory that is not ours. */
export async function resetDirectory(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const found = await readdir(directory);
  if (found.length > 0 && !found.some((name) => ours.includes(name))) {
    throw new StackTrouble(`${directory} does not look like Kept's own folder; nothing was removed.`);
  }
  const release = claimDirectory(directory);
  try {
    await Promise.all(found.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  } finally {
    release();
  }
}

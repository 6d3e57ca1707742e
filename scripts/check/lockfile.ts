// npm mirrors may lag on platform binaries. A lock written on such a day leaves them out, `npm ci` then fails
// with EUSAGE, and people on macOS or Windows get no binary (measured with npm 11.19.1).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from './command.ts';

export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

export interface LockedPackage {
  version?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}

export async function readLockfile(): Promise<Lockfile> {
  return JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as Lockfile;
}

export const lastName = (key: string): string =>
  key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Packages whose optional (platform) dependencies are not all in the lock. */
export function holesIn(lock: Lockfile): string[] {
  const locked = new Set(Object.keys(lock.packages).map(lastName));
  return Object.entries(lock.packages).flatMap(([key, entry]) => {
    const missing = Object.keys(entry.optionalDependencies ?? {}).filter((name) => !locked.has(name));
    if (missing.length === 0) return [];
    return [
      `${lastName(key)}@${entry.version ?? '?'} lacks ${missing.length} in package-lock.json: ${missing.join(', ')}`,
    ];
  });
}

export async function lockfileHoles(): Promise<string[]> {
  return holesIn(await readLockfile());
}

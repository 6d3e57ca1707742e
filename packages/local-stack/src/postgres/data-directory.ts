import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Account } from './account.ts';
import { PostgresTrouble } from './trouble.ts';

const OWNER_FILE = 'kept-started-by.pid';
const STOP_DEADLINE_MS = 20_000;

/** Makes the folder and gives it to the account PostgreSQL runs under. */
export async function prepareDataDirectory(directory: string, account: Account | null): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (account) chownSync(directory, account.uid, account.gid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isPostgres(pid: number): boolean {
  try {
    const proc = `/proc/${pid}/cmdline`;
    const command = existsSync(proc)
      ? readFileSync(proc, 'utf8')
      : platform() === 'win32'
        ? 'postgres' // No cheap look at a command line there: assume it is the server.
        : execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
    return command.includes('postgres');
  } catch {
    return false;
  }
}

function readPid(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/**
 * Settles what an earlier run left behind. A living server whose starter is gone (kill -9, closed terminal) is stopped;
 * one whose starter still lives is in use; a `postmaster.pid` whose number now belongs to another program is removed.
 */
export async function settleEarlierRun(directory: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(directory, 'postmaster.pid');
  const pid = readPid(pidFile);
  if (pid === null) return;
  if (!isAlive(pid) || !isPostgres(pid)) {
    log(`Removing the postmaster.pid of a server that was killed (process ${pid}).`);
    return rm(pidFile, { force: true });
  }
  const starter = readPid(join(directory, OWNER_FILE));
  if (starter !== null && starter !== process.pid && isAlive(starter)) {
    throw new PostgresTrouble(
      `Another Kept (process ${starter}) is using ${directory}; stop it first, or work in another folder.`,
    );
  }
  log(`Stopping the PostgreSQL that an earlier run left behind (process ${pid}).`);
  process.kill(pid, 'SIGINT');
  for (let waited = 0; isAlive(pid); waited += 100) {
    if (waited > STOP_DEADLINE_MS) {
      throw new PostgresTrouble(
        `PostgreSQL of an earlier run (process ${pid}) does not stop; end it by hand.`,
      );
    }
    await pause(100);
  }
}

/** Leaves our process id beside the data, for the next start to know whether the server is still wanted. */
export async function claim(directory: string): Promise<void> {
  await writeFile(join(directory, OWNER_FILE), `${process.pid}\n`);
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackTrouble } from './trouble.ts';

function isNode(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    // The number may belong to another program by now (a reboot, a long time). The arguments say so; the short name does
    // not: Node 24 calls itself "MainThread".
    return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' }).includes('node');
  } catch {
    return process.platform === 'win32';
  }
}

/** Makes this process the only one that runs a stack in the directory; throws a sentence when another already does. */
export function claimDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'launcher.pid');
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(path, 'utf8'));
      if (attempt > 0 || (pid !== process.pid && isNode(pid))) {
        throw new StackTrouble(
          `Kept is already running here (process ${pid}). Use it, or stop it with Ctrl-C in its terminal first.`,
          { cause: error },
        );
      }
      rmSync(path, { force: true }); // Left by a launcher that was killed.
    }
  }
}

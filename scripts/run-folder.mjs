// Where the databases of a test run lie: in memory where there is room. To create and drop one costs half a second of the
// kernel's time on ext4 and a tenth of that in memory, and a run makes some hundreds.
import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, statfsSync, statSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const GIB = 2 ** 30;
// A run takes half a gigabyte, and the test of the image one more; a container often has 64 MB in all.
const ROOM_BYTES = 2 * GIB;
const FREE_BYTES = 4 * GIB;
const LEFT_BEHIND_MS = 3_600_000;

function hasRoom() {
  try {
    accessSync(MEMORY, constants.W_OK);
    // The image's test starts programs from where it was built.
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.includes(` ${MEMORY} `));
    if (!mount || mount.includes('noexec')) return false;
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES && freemem() >= FREE_BYTES;
  } catch {
    return false; // Not Linux, or not for us.
  }
}

function isRunning(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What killed runs left behind would stay in memory until the machine restarts. */
function sweep(parent) {
  for (const name of readdirSync(parent)) {
    const owner = /^kept-run-(\d+)-/.exec(name)?.[1];
    if (!owner || isRunning(Number(owner))) continue;
    const path = join(parent, name);
    // Containers can share the memory and not the numbers of processes.
    if (Date.now() - statSync(path).mtimeMs > LEFT_BEHIND_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** A new folder for this run; `quickFolder` of packages/testing makes folders in it. */
export function openRunFolder() {
  const parent = hasRoom() ? MEMORY : tmpdir();
  sweep(parent);
  const folder = mkdtempSync(join(parent, `kept-run-${process.pid}-`));
  chmodSync(folder, 0o755); // as root PostgreSQL runs under another account
  return folder;
}

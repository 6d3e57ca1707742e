import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder of `NNNN-what.sql` files under a name that never changes. */
export interface MigrationSet {
  name: string;
  directory: string;
}

export interface MigrationFile {
  set: string;
  file: string;
  sql: string;
  checksum: string;
}

/** A migration that must not run: changed after it was applied, out of order, or misnamed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/** The files of all sets, in the order in which they are applied. */
export async function readMigrations(sets: readonly MigrationSet[]): Promise<MigrationFile[]> {
  const all: MigrationFile[] = [];
  for (const { name, directory } of sets) {
    const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
    for (const [index, file] of files.entries()) {
      if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(file)) {
        throw new MigrationRefused(`Name the migration ${name}/${file} like 0007-what-it-does.sql.`);
      }
      if (files[index - 1]?.slice(0, 4) === file.slice(0, 4)) {
        throw new MigrationRefused(`Two migrations of ${name} have the number ${file.slice(0, 4)}.`);
      }
      // Git may check out CRLF on Windows: the same migration all the same.
      const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n');
      all.push({ set: name, file, sql, checksum: createHash('sha256').update(sql).digest('hex') });
    }
  }
  return all;
}

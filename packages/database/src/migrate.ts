import { join } from 'node:path';
import { Client } from 'pg';
import { silentLog, type DatabaseLog } from './database-log.ts';
import {
  MigrationRefused,
  readMigrations,
  type MigrationFile,
  type MigrationSet,
} from './migration-files.ts';
import type { Transaction } from './transaction.ts';

/** The tables and functions every service's database begins with; first in every list of sets. */
export const databaseMigrations: MigrationSet = {
  name: 'database',
  directory: join(import.meta.dirname, '../src/migrations'),
};

const LOCK = `SELECT pg_advisory_xact_lock(hashtext('kept migrations'))`;

// Applications read this table (are we ready?) and must not write it, although default privileges would let them.
const BOOKKEEPING = `
  CREATE TABLE IF NOT EXISTS kept_migration (
    set_name text NOT NULL,
    file_name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT one_migration_per_file PRIMARY KEY (set_name, file_name)
  );
  DO $$ DECLARE grantee name; BEGIN
    FOR grantee IN
      SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
      WHERE c.oid = 'kept_migration'::regclass AND a.grantee <> c.relowner
    LOOP EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON kept_migration FROM %I', grantee); END LOOP;
  END $$;`;

interface Applied {
  set_name: string;
  file_name: string;
  checksum: string;
}

function refuseSurprises(files: readonly MigrationFile[], applied: readonly Applied[]): void {
  for (const { set, file, checksum } of files) {
    const before = applied.find((row) => row.set_name === set && row.file_name === file);
    if (before && before.checksum !== checksum) {
      throw new MigrationRefused(
        `The migration ${set}/${file} was changed after it was applied; put it back and add a new one.`,
      );
    }
    const later = applied.find((row) => row.set_name === set && row.file_name > file);
    if (!before && later) {
      throw new MigrationRefused(
        `The migration ${set}/${file} is older than ${later.file_name}, which is applied; give it a new number.`,
      );
    }
  }
}

// One transaction each, the lock taken first: a second runner waits, then sees that the work is done.
async function inLockedTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(LOCK);
    // A migration that waits for a lock blocks everybody behind it: rather fail and be run again in a quieter moment.
    await client.query(`SELECT set_config('lock_timeout', '10s', true)`);
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Applies what is missing, forward only, each file in one transaction. Safe to run from several places at once. */
export async function migrate(options: {
  ownerUrl: string;
  sets: readonly MigrationSet[];
  log?: DatabaseLog;
}): Promise<{ applied: string[] }> {
  const { ownerUrl, sets, log = silentLog } = options;
  const files = await readMigrations(sets);
  const client = new Client({ connectionString: ownerUrl, application_name: 'kept migrate' });
  const applied: string[] = [];
  await client.connect();
  try {
    const readApplied = async (): Promise<Applied[]> =>
      (await client.query<Applied>('SELECT set_name, file_name, checksum FROM kept_migration')).rows;
    await inLockedTransaction(client, async () => {
      await client.query(BOOKKEEPING);
      refuseSurprises(files, await readApplied());
    });
    for (const { set, file, sql, checksum } of files) {
      await inLockedTransaction(client, async () => {
        if ((await readApplied()).some((row) => row.set_name === set && row.file_name === file)) return;
        try {
          await client.query(sql);
        } catch (cause) {
          throw new Error(`The migration ${set}/${file} failed: ${(cause as Error).message}`, { cause });
        }
        await client.query('INSERT INTO kept_migration (set_name, file_name, checksum) VALUES ($1, $2, $3)', [
          set,
          file,
          checksum,
        ]);
        applied.push(`${set}/${file}`);
        log.info({ set, file }, 'A migration was applied.');
      });
    }
  } finally {
    await client.end();
  }
  return { applied };
}

/** Which migrations this code needs and the database lacks. */
export async function missingMigrations(tx: Transaction, sets: readonly MigrationSet[]): Promise<string[]> {
  const files = await readMigrations(sets);
  if (files.length === 0) {
    await tx.query('SELECT 1');
    return [];
  }
  const applied = await tx.query<Applied>('SELECT set_name, file_name, checksum FROM kept_migration');
  const names = new Set(applied.map((row) => `${row.set_name}/${row.file_name}`));
  return files.map(({ set, file }) => `${set}/${file}`).filter((name) => !names.has(name));
}

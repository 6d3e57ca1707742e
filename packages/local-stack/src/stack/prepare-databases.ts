// Runs as a process of its own: what migrating loads (pg and TypeORM) is gone from memory when it ends. Reads its task as JSON from stdin, because arguments and environment of a process are easier to look at.
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { migrate, provision, type MigrationSet } from '@kept/database';

interface DatabaseTask {
  service: string;
  ownerPassword: string;
  appPassword: string;
  /** The module that exports the service's migrations; absent for the queues, whose tables BullMQ makes itself. */
  module?: string | undefined;
}

export interface PrepareTask {
  adminUrl: string;
  databases: DatabaseTask[];
}

async function migrationsOf(module: string): Promise<MigrationSet[]> {
  const { migrations } = (await import(pathToFileURL(module).href)) as { migrations: MigrationSet[] };
  return migrations;
}

async function prepare({ adminUrl, databases }: PrepareTask): Promise<void> {
  for (const { service, ownerPassword, appPassword, module } of databases) {
    const { ownerUrl } = await provision({ adminUrl, service, ownerPassword, appPassword });
    if (!module) continue;
    const { applied } = await migrate({ ownerUrl, sets: await migrationsOf(module) });
    if (applied.length > 0) process.stdout.write(`${service}: ${applied.length} migrations\n`);
  }
}

try {
  await prepare(JSON.parse(await text(process.stdin)) as PrepareTask);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

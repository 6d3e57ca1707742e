// `npm run migrate [-- --service scheduling]` brings the services' databases up to date, forward only.
//
// <SERVICE>_OWNER_URL      the owner role of the service's database (IDENTITY_OWNER_URL, …), past any pooler; or, to make what is
// DATABASE_ADMIN_URL       missing: a role that may create roles and databases, together with
// <SERVICE>_OWNER_PASSWORD and <SERVICE>_APP_PASSWORD, the passwords that the two roles of the service shall have.
//
// Each service says what to apply in `services/<name>/src/migrations.ts`, `export const migrations: readonly MigrationSet[]`.
// A service's "exports" are empty and its folder is another project for tsc, hence the import by a computed address.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MigrationRefused, migrate, provision, type MigrationSet } from '@kept/database';

const SERVICES = ['identity', 'scheduling', 'payments', 'compliance'];
const fromSource = import.meta.filename.endsWith('.ts');
const root = join(import.meta.dirname, fromSource ? '..' : '../..');

/** Something the operator can put right. */
class MigrateTrouble extends Error {}

const setting = (service: string, name: string): string | undefined =>
  process.env[`${service.toUpperCase()}_${name}`];

async function migrationsOf(service: string): Promise<readonly MigrationSet[]> {
  const file = join(root, 'services', service, fromSource ? 'src/migrations.ts' : 'dist/migrations.js');
  const module = (await import(pathToFileURL(file).href)) as { migrations?: readonly MigrationSet[] };
  if (!module.migrations) throw new MigrateTrouble(`${file} does not export "migrations".`);
  return module.migrations;
}

async function ownerUrlOf(service: string): Promise<string | undefined> {
  const adminUrl = process.env['DATABASE_ADMIN_URL'];
  if (!adminUrl) return setting(service, 'OWNER_URL');
  const ownerPassword = setting(service, 'OWNER_PASSWORD');
  const appPassword = setting(service, 'APP_PASSWORD');
  if (!ownerPassword || !appPassword) {
    const name = service.toUpperCase();
    throw new MigrateTrouble(
      `With DATABASE_ADMIN_URL, set ${name}_OWNER_PASSWORD and ${name}_APP_PASSWORD as well.`,
    );
  }
  return (await provision({ adminUrl, service, ownerPassword, appPassword })).ownerUrl;
}

async function migrateService(service: string): Promise<void> {
  const ownerUrl = await ownerUrlOf(service);
  if (!ownerUrl) {
    throw new MigrateTrouble(
      `Set ${service.toUpperCase()}_OWNER_URL (or DATABASE_ADMIN_URL) to migrate ${service}.`,
    );
  }
  const { applied } = await migrate({ ownerUrl, sets: await migrationsOf(service) });
  const what = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`;
  process.stdout.write(`${service}: ${what}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { service: { type: 'string', multiple: true } } });
  const wanted = values.service ?? SERVICES;
  const unknown = wanted.filter((service) => !SERVICES.includes(service));
  if (unknown.length > 0)
    throw new MigrateTrouble(`There is no service "${unknown[0]}"; there are ${SERVICES.join(', ')}.`);
  for (const service of wanted) await migrateService(service);
}

function sentenceFor(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED')
    return 'The database does not answer: is it running, and is the address right?';
  if (code === '28P01') return 'The database refuses the password of the address given.';
  if (error instanceof MigrateTrouble || error instanceof MigrationRefused) return message;
  return `Migrating failed: ${message}`;
}

try {
  await main();
} catch (error) {
  process.stdout.write(`${sentenceFor(error)}\n`);
  process.exitCode = 1;
}

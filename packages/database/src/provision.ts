import { Client } from 'pg';
import { passwordVerifier } from './password-verifier.ts';

export interface ProvisionOptions {
  /** A superuser, or a role that may create roles and databases (managed PostgreSQL). */
  adminUrl: string;
  service: string;
  ownerPassword: string;
  appPassword: string;
  /** Default `kept_<service>`. */
  databaseName?: string;
}

export interface Provisioned {
  ownerUrl: string;
  appUrl: string;
}

/** The roles of a service: the owner migrates, the application only reads and writes rows. */
export function roleNames(service: string): { owner: string; app: string } {
  if (!/^[a-z][a-z_]{1,30}$/.test(service)) throw new TypeError(`"${service}" is no name of a service.`);
  return { owner: `kept_${service}_owner`, app: `kept_${service}` };
}

function addressOf(adminUrl: string, database: string, as?: { user: string; password: string }): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (as) [url.username, url.password] = [as.user, encodeURIComponent(as.password)];
  return url.href;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'kept provision' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function createRole(client: Client, name: string, password: string): Promise<void> {
  const { rows } = await client.query<{ rolsuper: boolean; rolbypassrls: boolean }>(
    'SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1',
    [name],
  );
  if (rows[0]?.rolsuper || rows[0]?.rolbypassrls) {
    throw new Error(`The role ${name} may pass row-level security; it must be an ordinary role.`);
  }
  const verifier = client.escapeLiteral(passwordVerifier(password));
  // An ordinary role is what CREATE ROLE makes by default; naming NOSUPERUSER would need a superuser.
  await client.query(`${rows[0] ? 'ALTER' : 'CREATE'} ROLE ${name} LOGIN PASSWORD ${verifier}`);
  const { rows: me } = await client.query<{ rolsuper: boolean }>(
    'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
  );
  if (!me[0]?.rolsuper) await client.query(`GRANT ${name} TO CURRENT_USER`);
}

/** The rights inside and on one database. They must be given again after CREATE DATABASE … TEMPLATE, which copies none of its own. */
export async function grantAccess(client: Client, service: string, databaseName: string): Promise<void> {
  const { owner, app } = roleNames(service);
  const database = client.escapeIdentifier(databaseName);
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${owner}, ${app}`);
}

/** Makes the two roles and the database of a service, or brings them up to date. Safe to run again. */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const { adminUrl, service, ownerPassword, appPassword, databaseName = `kept_${service}` } = options;
  const { owner, app } = roleNames(service);
  await withClient(adminUrl, async (client) => {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('kept provision'))`);
    await createRole(client, owner, ownerPassword);
    await createRole(client, app, appPassword);
    await client.query('COMMIT'); // an error before it closes the connection, which rolls back
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(databaseName)} OWNER ${owner}`);
    }
    await grantAccess(client, service, databaseName);
  });
  const urls = {
    ownerUrl: addressOf(adminUrl, databaseName, { user: owner, password: ownerPassword }),
    appUrl: addressOf(adminUrl, databaseName, { user: app, password: appPassword }),
  };
  await withClient(urls.ownerUrl, async (client) => {
    await client.query(`GRANT USAGE ON SCHEMA public TO ${app}`);
    await client.query(
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}`,
    );
    await client.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ${app}`);
  });
  return urls;
}

// What it keeps closed: a password or a row read off the wire, by whoever can listen between a service and its database.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { machineCertificate } from '../certificate/index.ts';
import { startPostgres, type PostgresServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-encrypted-'));
chmodSync(folder, 0o755); // as root, PostgreSQL runs under another account
let server: PostgresServer;

beforeAll(async () => {
  const certificate = await machineCertificate(join(folder, 'tls'), new Date());
  server = await startPostgres({ dataDirectory: join(folder, 'data'), durable: false, certificate });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function encryptionOf(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return (rows as { version: string }[])[0]?.version;
  } finally {
    await client.end();
  }
}

it('[ENC-01] PostgreSQL takes TLS connections, and refuses all others before a password is asked', async () => {
  expect(server.adminUrl).toContain('sslmode=verify-full');
  expect(await encryptionOf(server.adminUrl)).toMatch(/^TLSv1\.[23]$/);
  const [plain = ''] = server.adminUrl.split('?');
  await expect(encryptionOf(plain)).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
});

it('[ENC-01] a client that checks does not take another server for ours', async () => {
  const other = await machineCertificate(join(folder, 'other'), new Date());
  const url = new URL(server.adminUrl);
  url.searchParams.set('sslrootcert', other.certificateFile);
  await expect(encryptionOf(url.href)).rejects.toThrow(/self-signed|signature|verify/);
});

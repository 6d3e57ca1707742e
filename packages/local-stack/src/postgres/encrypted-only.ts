import { chown, copyFile, chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineCertificate } from '../certificate/index.ts';
import type { Account } from './account.ts';

// `hostssl` alone: a connection that does not begin with TLS finds no line, and is refused before any password.
const WHO_MAY_CONNECT = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

/** The settings with which PostgreSQL takes TLS connections only. Its key must belong to the account it runs under. */
export async function encryptedOnly(
  dataDirectory: string,
  { certificateFile, keyFile }: MachineCertificate,
  account: Account | null,
): Promise<string[]> {
  const own = (name: string) => join(dataDirectory, name);
  await copyFile(certificateFile, own('server.crt'));
  await copyFile(keyFile, own('server.key'));
  await writeFile(own('hba-encrypted.conf'), WHO_MAY_CONNECT);
  for (const name of ['server.crt', 'server.key', 'hba-encrypted.conf']) {
    await chmod(own(name), 0o600);
    if (account) await chown(own(name), account.uid, account.gid);
  }
  const pairs = { ssl: 'on', ssl_min_protocol_version: 'TLSv1.2', hba_file: own('hba-encrypted.conf') };
  return Object.entries(pairs).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** What the address of a server with this certificate ends with, so that a client checks it. */
export const checkedBy = (certificate: MachineCertificate | undefined): string =>
  certificate ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate.certificateFile)}` : '';

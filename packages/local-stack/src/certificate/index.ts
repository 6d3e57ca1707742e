import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate for this machine alone and its key (PEM files); it is its own authority. */
export interface MachineCertificate {
  certificateFile: string;
  keyFile: string;
}

const VALID_DAYS = 397; // Longer, and Apple's programs refuse it, even when it is trusted by hand.
const RENEW_WITHIN_MS = 30 * 86_400_000;

/**
 * The certificate for `localhost` and 127.0.0.1 in a directory; made when there is none, or when it ends within a
 * month. Whoever is to believe it gets the certificate as an authority (`NODE_EXTRA_CA_CERTS`).
 */
export async function machineCertificate(directory: string, now: Date): Promise<MachineCertificate> {
  const files = { certificateFile: join(directory, 'tls.pem'), keyFile: join(directory, 'tls.key') };
  if (existsSync(files.keyFile) && existsSync(files.certificateFile)) {
    const { validTo } = new X509Certificate(await readFile(files.certificateFile));
    if (Date.parse(validTo) - now.getTime() > RENEW_WITHIN_MS) return files;
  }
  const made = await generate([{ name: 'commonName', value: 'Kept on this machine' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: now,
    notAfterDate: new Date(now.getTime() + VALID_DAYS * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  await mkdir(directory, { recursive: true });
  await writeFile(files.keyFile, made.private, { mode: 0o600 });
  await writeFile(files.certificateFile, made.cert);
  return files;
}

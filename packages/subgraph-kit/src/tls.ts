import { readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv4 } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { z } from 'zod';
import type { Logger } from './log.ts';

/** Where a process's certificate chain and its private key are (PEM). */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** The settings about encryption in transit. Whom to trust beyond the public authorities says Node's own NODE_EXTRA_CA_CERTS. */
export const tlsSettings = {
  KEPT_TLS_CERTIFICATE_FILE: z.string().optional(),
  KEPT_TLS_KEY_FILE: z.string().optional(),
  KEPT_UNENCRYPTED_NETWORK: z
    .literal(
      'accepted',
      'can only be "accepted": the network between the processes is protected by other means',
    )
    .optional(),
};

/** What `tlsSettings` and the settings of every process make. */
export interface TlsSettings {
  readonly KEPT_TLS_CERTIFICATE_FILE?: string | undefined;
  readonly KEPT_TLS_KEY_FILE?: string | undefined;
  readonly KEPT_UNENCRYPTED_NETWORK?: string | undefined;
  readonly NODE_ENV: string;
  readonly KEPT_HOST: string;
}

/** The certificate to listen with, or undefined to listen without encryption. What was accepted instead is logged. */
export function tlsOf(settings: TlsSettings, log: Logger): TlsFiles | undefined {
  const { KEPT_TLS_CERTIFICATE_FILE: certificateFile, KEPT_TLS_KEY_FILE: keyFile } = settings;
  if (settings.KEPT_UNENCRYPTED_NETWORK) {
    log.warn(
      { setting: 'KEPT_UNENCRYPTED_NETWORK' },
      'this process takes and sends data unencrypted, because a setting says that something else encrypts',
    );
  }
  return certificateFile && keyFile ? { certificateFile, keyFile } : undefined;
}

/**
 * Refuses settings under which data would travel in the clear (OWASP ASVS 5.0 V12.2): in production, a process reached
 * from other machines listens with TLS, and what it reaches elsewhere is reached encrypted. `addresses` are the names of
 * the settings that hold those addresses.
 */
export function checkEncryption(
  settings: TlsSettings & object,
  addresses: readonly string[],
  context: z.RefinementCtx,
): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  const { KEPT_TLS_CERTIFICATE_FILE: certificate, KEPT_TLS_KEY_FILE: key } = settings;
  if (Boolean(certificate) !== Boolean(key)) {
    refuse(
      certificate ? 'KEPT_TLS_KEY_FILE' : 'KEPT_TLS_CERTIFICATE_FILE',
      'is missing; a certificate needs its key',
    );
  }
  if (certificate && key) {
    const problem = certificateProblem({ certificateFile: certificate, keyFile: key });
    if (problem) refuse('KEPT_TLS_CERTIFICATE_FILE', problem);
  }
  if (settings.NODE_ENV !== 'production' || settings.KEPT_UNENCRYPTED_NETWORK) return;
  if (!certificate && !isLoopback(settings.KEPT_HOST)) {
    refuse(
      'KEPT_TLS_CERTIFICATE_FILE',
      'is missing: other machines would reach this process unencrypted (or KEPT_UNENCRYPTED_NETWORK=accepted, when a proxy or the network itself encrypts)',
    );
  }
  for (const name of addresses) {
    const value: unknown = (settings as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' && !isEncrypted(value)) {
      refuse(
        name,
        'is another machine, reached unencrypted; use https, rediss, smtps or sslmode=verify-full',
      );
    }
  }
}

function certificateProblem(files: TlsFiles): string | undefined {
  try {
    createTlsServer(readTls(files)).close();
    return undefined;
  } catch {
    // The reason could quote the key.
    return 'and KEPT_TLS_KEY_FILE must name a readable certificate chain and its private key, both PEM';
  }
}

const isLoopback = (host: string) =>
  host === 'localhost' || /^\[?::1\]?$/.test(host) || (isIPv4(host) && host.startsWith('127.'));

/** Whether an address is this machine or says that it is reached over TLS with the certificate checked. */
export function isEncrypted(address: string): boolean {
  const hosts = /^([a-z+]+):\/\/(?:[^@/]*@)?([^/?#]*)/i.exec(address);
  if (!hosts) return false;
  const [, scheme = '', list = ''] = hosts;
  const query = new URLSearchParams(address.split('?')[1] ?? '');
  const says = (name: string, value: string) =>
    query.has(name) && query.getAll(name).every((given) => given === value);
  // nodemailer takes options of the connection out of its address.
  const checked = !query.has('tls.rejectUnauthorized') || says('tls.rejectUnauthorized', 'true');
  if (/^(https|rediss|rediss\+\w+|smtps)$/i.test(scheme)) return checked;
  // A parameter stands above the host for PostgreSQL's clients; it may be the directory of a socket.
  const places = [...list.split(','), ...query.getAll('host'), ...query.getAll('hostaddr')];
  if (places.every((place) => isLoopback(place.replace(/:\d+$/, '')) || place.startsWith('/'))) return true;
  if (/^postgres(ql)?$/i.test(scheme)) return says('sslmode', 'verify-full');
  return scheme.toLowerCase() === 'smtp' && says('requireTLS', 'true') && checked;
}

// TLS 1.2 is the least that is still sound (RFC 8996 ended 1.0 and 1.1; NIST SP 800-52r2).
const readTls = ({ certificateFile, keyFile }: TlsFiles): TlsOptions => ({
  cert: readFileSync(certificateFile),
  key: readFileSync(keyFile),
  minVersion: 'TLSv1.2',
});

// Certificates are renewed every few weeks by a program beside us; a look at the file costs microseconds.
const LOOK_EVERY_MS = 30_000;

/**
 * A server that speaks TLS when it has a certificate, and then nothing else: an unencrypted request is cut off before a
 * byte of it is read. A renewed certificate is taken up within half a minute; one that cannot be used is not.
 */
export function createListener(
  options: { readonly tls: TlsFiles | undefined; readonly log: Logger; readonly lookEveryMs?: number },
  handle: RequestListener,
): Server {
  const { tls, log } = options;
  if (!tls) return createServer(handle);
  const server = createTlsServer(readTls(tls), handle);
  const age = () => statSync(tls.certificateFile).mtimeMs + statSync(tls.keyFile).mtimeMs;
  let known = age();
  const timer = setInterval(() => {
    try {
      const now = age();
      if (now === known) return;
      server.setSecureContext(readTls(tls));
      known = now;
      log.info('a renewed certificate is in use');
    } catch (error) {
      log.error({ err: error }, 'the renewed certificate cannot be used; the old one stays');
    }
  }, options.lookEveryMs ?? LOOK_EVERY_MS);
  timer.unref();
  server.on('close', () => clearInterval(timer));
  return server;
}

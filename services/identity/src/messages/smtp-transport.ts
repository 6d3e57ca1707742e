import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';

interface MailSettings {
  readonly NODE_ENV: string;
  readonly SMTP_URL: string;
  readonly KEPT_UNENCRYPTED_NETWORK?: string | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether mails leave for a machine that must be reached encrypted (EDU-06): in production every one but this machine
 * itself and, where the operator says that the network between the containers is protected, a neighbour by its bare
 * name. That word is never enough for a mail server with a full name or an address: it stands elsewhere.
 */
export function mustEncryptMail(settings: MailSettings): boolean {
  if (settings.NODE_ENV !== 'production') return false;
  const { hostname } = new URL(settings.SMTP_URL);
  const isNeighbour = settings.KEPT_UNENCRYPTED_NETWORK === 'accepted' && !/[.:]/.test(hostname);
  return !LOOPBACK.test(hostname) && !isNeighbour;
}

/** Why an address cannot be used where mails must be encrypted, or undefined. */
export function problemOfMailAddress(url: string): string | undefined {
  const { protocol, searchParams } = new URL(url);
  const says = (name: string, value: string) => searchParams.getAll(name).every((given) => given === value);
  const requires = protocol === 'smtps:' || (searchParams.has('requireTLS') && says('requireTLS', 'true'));
  if (requires && says('tls.rejectUnauthorized', 'true')) return undefined;
  return 'must be smtps://… or smtp://…?requireTLS=true, with the certificate checked: mails do not travel in the clear';
}

/**
 * How the mail server is reached. Encrypted: STARTTLS or TLS from the first byte, TLS 1.2 at least, the certificate
 * checked against its name; a server that offers none of it gets no mail. Parameters of the address cannot weaken it,
 * because none but the name to expect is read.
 */
export function smtpTransport(url: string, { encrypted }: { encrypted: boolean }): SMTPPool.Options {
  if (!encrypted) return { url, pool: true };
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const servername = searchParams.get('tls.servername');
  const secure = protocol === 'smtps:';
  return {
    pool: true,
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure,
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(servername !== null && { servername }) },
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
  };
}

import { createTransport } from 'nodemailer';
import type { MailAttachment } from './outgoing-mail.ts';
import { smtpTransport } from './smtp-transport.ts';
import type { WrittenLetter } from './write-letter.ts';

const TIMEOUT_MS = 15_000;

/** One mail to one person. */
export interface Mail extends WrittenLetter {
  readonly id: string;
  readonly address: string;
  readonly attachment: MailAttachment | null;
  /** The client's request that it comes of, for whoever has to find out why it was sent. */
  readonly requestId: string | null;
}

/** Hands mails to the organization's mail server. */
export interface Mailer {
  /** Rejects when the server did not take it; `isPermanent` tells whether trying again can help. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Opens the way to the mail server at `url`; `encrypted`: no mail leaves unless TLS with a checked certificate holds. */
export function openMailer(options: { url: string; from: string; encrypted: boolean }): Mailer {
  const { from } = options;
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'kept.invalid';
  const transport = createTransport({
    ...smtpTransport(options.url, options),
    maxConnections: 3,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Nothing in a mail of ours is a file or an address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ id, address, subject, text, html, attachment, requestId }) {
      await transport.sendMail({
        from,
        // An object, not a string: a comma in it can never become a second recipient (A40).
        to: { name: '', address },
        subject,
        text,
        html,
        // The same for every attempt, so that a mail which was taken and then sent again is shown once.
        messageId: `<${id}@${domain}>`,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
          ...(requestId !== null && { 'Kept-Request-Id': requestId }),
        },
        attachments: calendarIn(attachment),
      });
    },
    close: () => transport.close(),
  };
}

/**
 * A calendar file and nothing else: what would open in a browser does not travel under an organization's name. It says
 * its method in its type too, or mail programs do not offer to enter it (RFC 6047 §2.4).
 */
function calendarIn(attachment: MailAttachment | null) {
  const method = /^METHOD:([A-Z]+)\s*$/m.exec(attachment?.content ?? '')?.[1];
  if (!attachment?.contentType.startsWith('text/calendar') || method === undefined) return [];
  return [
    {
      filename: `${attachment.filename.replace(/\.ics$/, '').replaceAll(/[^A-Za-z0-9_-]/g, '_')}.ics`,
      content: attachment.content,
      contentType: `text/calendar; charset=utf-8; method=${method}`,
    },
  ];
}

/**
 * Whether the server has refused for good (RFC 5321 §4.2.1: 5yz), as for an address that does not exist. That it offers
 * no TLS is also said with a number above 500, but may be somebody in between, for an hour: that must not lose a mail.
 */
export function isPermanent(error: unknown): boolean {
  if (!(error instanceof Error) || ('code' in error && error.code === 'ETLS')) return false;
  const code = 'responseCode' in error ? Number(error.responseCode) : 0;
  return code >= 500 && code < 600;
}

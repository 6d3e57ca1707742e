import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { accountsPage, type DemoAccount } from './accounts.ts';
import { openMailbox, type Mailbox } from './mailbox.ts';
import { page, html } from './markup.ts';
import {
  attachmentPart,
  htmlPart,
  listPage,
  messagePage,
  messagesJson,
  notFound,
  sourcePart,
  type Answer,
} from './pages.ts';
import { isTextMessage, receiveText } from './receive-texts.ts';
import { startSmtp } from './receive.ts';

export interface MailSinkOptions {
  host: string;
  /** 0 takes a free port. */
  smtpPort: number;
  pagePort: number;
  directory: string;
  mailsMax?: number;
  /** Shown on /accounts, with the code of this moment. */
  accounts?: () => Promise<DemoAccount[]>;
  clock?: () => Date;
}

export interface MailSink {
  smtpUrl: string;
  pageUrl: string;
  stop: () => Promise<void>;
}

interface Parts {
  mailbox: Mailbox;
  accounts: () => Promise<DemoAccount[]>;
  clock: () => Date;
}

async function answer(parts: Parts, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [area = '', id = '', part = '', index = ''] = url.pathname.split('/').slice(1);
  if (url.pathname === '/') return listPage(parts.mailbox);
  if (url.pathname === '/accounts') {
    return {
      status: 200,
      type: 'text/html; charset=utf-8',
      body: accountsPage(await parts.accounts(), parts.clock()),
    };
  }
  if (url.pathname === '/api/messages') {
    return messagesJson(parts.mailbox, { to: url.searchParams.get('to') ?? undefined, mailsMax: 50 });
  }
  if (area !== 'messages') return notFound();
  if (part === '') return messagePage(parts.mailbox, id);
  if (part === 'html') return htmlPart(parts.mailbox, id);
  if (part === 'source') return sourcePart(parts.mailbox, id);
  if (part === 'attachments' && /^\d{1,3}$/.test(index))
    return attachmentPart(parts.mailbox, id, Number(index));
  return notFound();
}

const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-security-policy': pagePolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}

/**
 * The mails hold codes and the accounts page holds passwords. A page elsewhere could point a name of its own at
 * 127.0.0.1 and read them (DNS rebinding), so only names of this machine are answered.
 */
function askedByOwnName(request: IncomingMessage, host: string): boolean {
  const asked = (request.headers.host ?? '').replace(/:\d+$/, '');
  return asked === 'localhost' || asked === '127.0.0.1' || asked === '[::1]' || asked === host;
}

function startPages(
  parts: Parts,
  options: { host: string; port: number },
): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    if (!askedByOwnName(request, options.host)) {
      send(response, {
        status: 421,
        type: 'text/plain; charset=utf-8',
        body: 'Ask for 127.0.0.1 or localhost.\n',
      });
      return;
    }
    if (isTextMessage(request)) {
      receiveText(parts.mailbox, request).then(
        (taken) => send(response, taken),
        () => send(response, { status: 500, type: 'text/plain; charset=utf-8', body: 'Not stored.\n' }),
      );
      return;
    }
    if (request.method !== 'GET') {
      send(response, {
        status: 405,
        type: 'text/plain; charset=utf-8',
        body: 'This mailbox is for reading.\n',
      });
      return;
    }
    answer(parts, request).then(
      (found) => send(response, found),
      () =>
        send(response, {
          status: 500,
          type: 'text/html; charset=utf-8',
          body: page('Broken', html`<p>This mail could not be read.</p>`),
        }),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : options.port;
      const stop = (): Promise<void> =>
        new Promise((stopped) => {
          server.close(() => stopped());
          server.closeAllConnections();
        });
      resolve({ port, stop });
    });
  });
}

/** Receives every mail by real SMTP and every text message by real HTTP, keeps it in a directory and shows it on a page of this machine. */
export async function startMailSink(options: MailSinkOptions): Promise<MailSink> {
  const {
    host,
    directory,
    mailsMax = 500,
    accounts = () => Promise.resolve([]),
    clock = () => new Date(),
  } = options;
  const mailbox = await openMailbox({ directory, mailsMax });
  const smtp = await startSmtp({ mailbox, host, port: options.smtpPort });
  const pages = await startPages({ mailbox, accounts, clock }, { host, port: options.pagePort }).catch(
    async (error: unknown) => {
      await smtp.stop();
      throw error;
    },
  );
  return {
    smtpUrl: `smtp://${host}:${smtp.port}`,
    pageUrl: `http://${host}:${pages.port}`,
    stop: async () => void (await Promise.all([smtp.stop(), pages.stop()])),
  };
}

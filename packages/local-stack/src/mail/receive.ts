import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Mailbox } from './mailbox.ts';

const bytesMax = 10 * 1024 * 1024;

/** An error whose code the SMTP conversation answers with. */
class SmtpRefusal extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.responseCode = responseCode;
  }
}

async function readWhole(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  if (stream.sizeExceeded) throw new SmtpRefusal(552, `A mail may have ${bytesMax} bytes at most.`);
  return Buffer.concat(chunks);
}

async function keep(
  mailbox: Mailbox,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<void> {
  const source = await readWhole(stream);
  const { subject } = await simpleParser(source, { skipTextToHtml: true, skipHtmlToText: true });
  const { mailFrom, rcptTo } = session.envelope;
  const mail = {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map((recipient) => recipient.address.toLowerCase()),
    subject: subject ?? '(no subject)',
  };
  await mailbox.add(mail, source).catch((cause: unknown) => {
    throw new SmtpRefusal(452, 'The mail could not be stored; is the disk full?', { cause });
  });
}

/** A real SMTP server that delivers everything into one mailbox and nothing to anyone. */
export function startSmtp(options: {
  mailbox: Mailbox;
  host: string;
  port: number;
}): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: bytesMax,
    banner: 'Kept mail sink: nothing leaves this machine',
    onData: (stream, session, done) => {
      keep(options.mailbox, stream, session).then(
        () => done(),
        (error: Error) => done(error),
      );
    },
  });
  // A client that drops its connection is no reason to stop.
  server.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, options.host, () => {
      const address = server.server.address();
      const port = typeof address === 'object' && address ? address.port : options.port;
      resolve({ port, stop: () => new Promise((stopped) => server.close(() => stopped())) });
    });
  });
}

import type { IncomingMessage } from 'node:http';
import type { Mailbox } from './mailbox.ts';
import type { Answer } from './pages.ts';

const BYTES_MAX = 16 * 1024;
/** As the providers that speak Twilio's protocol: one account's messages. */
const PLACE = /^\/2010-04-01\/Accounts\/(\w{1,64})\/Messages\.json$/;

const said = (status: number, body: object): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
});

/** Whether a request hands over a text message. */
export const isTextMessage = ({ method, url }: IncomingMessage): boolean =>
  method === 'POST' && PLACE.test(url ?? '');

/**
 * Takes a text message as Twilio does (a form with To, From and Body, basic authentication) and keeps it beside the mails.
 * Sent to nobody. A number that ends in 0000 is refused, so that a failure can be tried out.
 */
export async function receiveText(mailbox: Mailbox, request: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BYTES_MAX) return said(413, { code: 21617, message: 'The message is too long.' });
    chunks.push(chunk as Buffer);
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  const [to, from, body] = [form.get('To') ?? '', form.get('From') ?? '', form.get('Body') ?? ''];
  const account = PLACE.exec(request.url ?? '')?.[1] ?? '';
  const authorization = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64');
  if (!authorization.toString().startsWith(`${account}:`))
    return said(401, { code: 20003, message: 'Authenticate' });
  if (!/^\+[1-9]\d{6,14}$/.test(to) || to.endsWith('0000') || body === '')
    return said(400, { code: 21211, message: "Invalid 'To' phone number or empty body." });
  const mail = { from, to: [to], subject: `Text message to ${to}` };
  // As the mails are kept; nothing that was sent stands in a header but a number that was checked.
  const source = [
    'From: text@localhost.example',
    'To: text@localhost.example',
    `Subject: ${mail.subject}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(body).toString('base64'),
    '',
  ].join('\r\n');
  const { id } = await mailbox.add(mail, Buffer.from(source));
  return said(201, { sid: `SM${id}`, status: 'queued', to, from });
}

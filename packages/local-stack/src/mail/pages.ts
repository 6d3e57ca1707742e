import { simpleParser, type ParsedMail } from 'mailparser';
import type { Mailbox, MailEnvelope } from './mailbox.ts';
import { html, page } from './markup.ts';

export interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

const document = (body: string, status = 200): Answer => ({ status, type: 'text/html; charset=utf-8', body });

export const notFound = (): Answer =>
  document(page('Not found', html`<p>There is no such page or mail.</p>`), 404);

export function listPage(mailbox: Mailbox): Answer {
  const rows = mailbox.list().map(
    (mail) =>
      html`<tr>
        <td><a href="/messages/${mail.id}">${mail.subject}</a></td>
        <td>${mail.to.join(', ')}</td>
        <td class="quiet">${mail.receivedAt}</td>
      </tr>`,
  );
  const table = html`<table>
    <tr>
      <th>Subject</th>
      <th>To</th>
      <th>Received</th>
    </tr>
    ${rows}
  </table>`;
  const empty = html`<p>No mail yet. Whatever the stack sends lands here, and nowhere else.</p>`;
  return document(page('Mailbox', rows.length === 0 ? empty : table, { refreshSeconds: 5 }));
}

async function parse(
  mailbox: Mailbox,
  id: string,
): Promise<{ envelope: MailEnvelope; mail: ParsedMail } | null> {
  const envelope = mailbox.list().find((candidate) => candidate.id === id);
  const source = envelope && (await mailbox.source(id));
  return envelope && source ? { envelope, mail: await simpleParser(source, { skipTextToHtml: true }) } : null;
}

export async function messagePage(mailbox: Mailbox, id: string): Promise<Answer> {
  const found = await parse(mailbox, id);
  if (!found) return notFound();
  const { envelope, mail } = found;
  const attachments = mail.attachments.map(
    (attachment, index) =>
      html`<li>
        <a href="/messages/${id}/attachments/${index}">${attachment.filename ?? 'unnamed'}</a>
        <span class="quiet">${attachment.contentType}, ${attachment.size} bytes</span>
      </li>`,
  );
  const content = html`<p>
      From <code>${envelope.from}</code> to <code>${envelope.to.join(', ')}</code><br />
      <span class="quiet">${envelope.receivedAt} · <a href="/messages/${id}/source">source</a></span>
    </p>
    ${
      attachments.length > 0
        ? html`<h2>Attachments</h2>
            <ul>
              ${attachments}
            </ul>`
        : ''
    }
    <h2>Text</h2>
    <pre>${mail.text ?? '(none)'}</pre>
    ${
      mail.html
        ? html`<h2>HTML</h2>
            <iframe sandbox title="The mail as HTML" src="/messages/${id}/html"></iframe>`
        : ''
    }`;
  return document(page(envelope.subject, content));
}

export async function htmlPart(mailbox: Mailbox, id: string): Promise<Answer> {
  const found = await parse(mailbox, id);
  if (!found || !found.mail.html) return notFound();
  // The mail is a stranger's document: no scripts, no forms, no origin, nothing loaded; also when opened outside its frame.
  const policy =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
  return {
    ...document(found.mail.html),
    headers: { 'content-security-policy': policy, 'x-frame-options': 'SAMEORIGIN' },
  };
}

export async function attachmentPart(mailbox: Mailbox, id: string, index: number): Promise<Answer> {
  const attachment = (await parse(mailbox, id))?.mail.attachments[index];
  if (!attachment) return notFound();
  const name = encodeURIComponent(attachment.filename ?? 'attachment');
  // Always to save, never to show: the sender chooses the type.
  return {
    status: 200,
    type: 'application/octet-stream',
    body: attachment.content,
    headers: { 'content-disposition': `attachment; filename*=UTF-8''${name}` },
  };
}

export async function sourcePart(mailbox: Mailbox, id: string): Promise<Answer> {
  const source = await mailbox.source(id);
  return source ? { status: 200, type: 'text/plain; charset=utf-8', body: source } : notFound();
}

/** The newest mails, parsed, in the order they came: what a test or a script reads. */
export async function messagesJson(
  mailbox: Mailbox,
  filter: { to: string | undefined; mailsMax: number },
): Promise<Answer> {
  const messages = [];
  for (const { id } of mailbox.list({ to: filter.to }).slice(0, filter.mailsMax).toReversed()) {
    const found = await parse(mailbox, id);
    if (!found) continue;
    const { envelope, mail } = found;
    messages.push({
      ...envelope,
      text: mail.text ?? null,
      html: mail.html === false ? null : mail.html,
      requestId: mail.headers.get('kept-request-id') ?? null,
      attachments: mail.attachments.map((attachment) => ({
        filename: attachment.filename ?? null,
        contentType: attachment.contentType,
        size: attachment.size,
        encoding: attachment.contentType.startsWith('text/') ? 'utf8' : 'base64',
        content: attachment.content.toString(attachment.contentType.startsWith('text/') ? 'utf8' : 'base64'),
      })),
    });
  }
  return { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify({ messages }) };
}

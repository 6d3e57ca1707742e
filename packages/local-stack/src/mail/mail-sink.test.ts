import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { totpCode, type DemoAccount } from './accounts.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';

interface Message {
  id: string;
  to: string[];
  subject: string;
  text: string | null;
  html: string | null;
  attachments: { filename: string; contentType: string; content: string }[];
}

const account: DemoAccount = {
  role: 'PROVIDER',
  organization: 'Riverside Practice',
  displayName: 'Ada <Provider>',
  email: 'ada@riverside.example',
  password: 'quiet-Harbour-42-lantern',
  totpSecret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
};

let directory = '';
let sink: MailSink;
const start = (mailsMax = 500): Promise<MailSink> =>
  startMailSink({
    host: '127.0.0.1',
    smtpPort: 0,
    pagePort: 0,
    directory,
    mailsMax,
    accounts: () => Promise.resolve([account]),
    clock: () => new Date(59_000),
  });

const send = (mail: {
  to: string;
  subject?: string;
  text?: string;
  html?: string;
  attachments?: { filename: string; content: string }[];
}) =>
  createTransport(sink.smtpUrl).sendMail({
    from: 'kept@kept.example',
    subject: 'Hello',
    text: 'Hello',
    ...mail,
  });

const messages = async (to: string): Promise<Message[]> => {
  const response = await fetch(`${sink.pageUrl}/api/messages?to=${encodeURIComponent(to)}`);
  return ((await response.json()) as { messages: Message[] }).messages;
};
const get = (path: string) => fetch(`${sink.pageUrl}${path}`);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kept-mail-'));
  sink = await start();
});
afterEach(async () => {
  await sink.stop();
  await rm(directory, { recursive: true, force: true });
});

it('gives back what was sent by SMTP: text, HTML and the calendar file, to its recipient only', async () => {
  const content = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
  await send({
    to: 'Client@Example.com',
    subject: 'Früher 🌿',
    text: 'plain',
    html: '<p>rich</p>',
    attachments: [{ filename: 'booking.ics', content }],
  });
  const [message] = await messages('client@example.com');
  expect(message).toMatchObject({
    subject: 'Früher 🌿',
    text: expect.stringContaining('plain'),
    html: expect.stringContaining('<p>rich</p>'),
  });
  expect(message?.attachments[0]?.content).toBe(content);
  expect(await messages('somebody@example.com')).toEqual([]);
});

it('keeps the mails across a restart, and survives a file that a killed process left half-written', async () => {
  await send({ to: 'a@example.com', subject: 'kept' });
  await writeFile(join(directory, '000001700000000-00000000.json'), '{"id": "0000');
  await sink.stop();
  sink = await start();
  expect((await messages('a@example.com')).map((mail) => mail.subject)).toEqual(['kept']);
});

it('lets the oldest mail make room, on the disk too', async () => {
  await sink.stop();
  sink = await start(2);
  for (const subject of ['first', 'second', 'third']) await send({ to: 'a@example.com', subject });
  expect((await messages('a@example.com')).map((mail) => mail.subject)).toEqual(['second', 'third']);
  await sink.stop();
  sink = await start(500);
  expect(await messages('a@example.com')).toHaveLength(2);
});

it('refuses a mail beyond the size limit and keeps nothing of it', async () => {
  await expect(send({ to: 'a@example.com', text: 'x'.repeat(11 * 1024 * 1024) })).rejects.toThrow(/552/);
  expect(await messages('a@example.com')).toEqual([]);
});

it('shows subject and text escaped, and the HTML in a sandbox that loads nothing', async () => {
  const attack = '<script>alert(1)</script>';
  await send({
    to: 'a@example.com',
    subject: attack,
    text: attack,
    html: `${attack}<img src="https://evil.example/pixel">`,
  });
  const [mail] = await messages('a@example.com');
  for (const path of ['/', `/messages/${mail?.id}`]) {
    const response = await get(path);
    const text = await response.text();
    expect(text).not.toContain(attack);
    expect(text).toContain('&lt;script&gt;');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  }
  expect(await (await get(`/messages/${mail?.id}`)).text()).toContain('<iframe sandbox ');
  const framed = await get(`/messages/${mail?.id}/html`);
  expect(framed.headers.get('content-security-policy')).toMatch(
    /^sandbox; default-src 'none'; .*img-src data:/,
  );
});

it('hands attachments out to save, never to show', async () => {
  await send({
    to: 'a@example.com',
    attachments: [{ filename: 'page.html', content: '<script>alert(1)</script>' }],
  });
  const [mail] = await messages('a@example.com');
  const response = await get(`/messages/${mail?.id}/attachments/0`);
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(response.headers.get('content-disposition')).toContain('attachment');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

it.each(['/messages/../../etc/passwd', '/messages/%2e%2e%2fsecret', '/messages/nothing', '/elsewhere'])(
  'answers 404 for %s',
  async (path) => {
    expect((await get(path)).status).toBe(404);
  },
);

it('answers only to names of this machine, or a page elsewhere could read the codes (DNS rebinding)', async () => {
  const { port } = new URL(sink.pageUrl);
  const status = await new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/accounts', headers: { host: 'rebound.evil.example' } },
      (response) => resolve(response.resume().statusCode),
    );
    asked.on('error', reject).end();
  });
  expect(status).toBe(421);
});

it('shows each demo account with the code of this moment (RFC 6238, appendix B)', async () => {
  // The appendix gives 94287082 for T = 59 s with eight digits; six digits are its last six.
  expect(totpCode('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', new Date(59_000))).toBe('287082');
  const text = await (await get('/accounts')).text();
  expect(text).toContain('287082');
  expect(text).toContain('quiet-Harbour-42-lantern');
  expect(text).toContain('Ada &lt;Provider&gt;');
});

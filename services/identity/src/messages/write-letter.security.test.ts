// What people call themselves must not become markup, a header, another recipient or another reading order.
import fc from 'fast-check';
import { startMailSink } from '@kept/local-stack';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalName } from '../accounts/person-text.ts';
import { openMailer } from './open-mailer.ts';
import { ALERT_TEMPLATES, OWN_TEMPLATES, REQUESTED_TEMPLATES } from './templates/template.ts';
import { writeLetter } from './write-letter.ts';

const facts = (recipientName: string | null, organizationName = 'Riverside Practice') => ({
  recipientName,
  organizationName,
  timeZone: 'Europe/London',
  parameters: { startsAt: '2027-03-28T09:00:00Z', amountMinor: '100', currency: 'EUR' },
  code: '12345678',
});
const templates = [...OWN_TEMPLATES, ...REQUESTED_TEMPLATES, ...ALERT_TEMPLATES];
const options = (recipientName: string | null, organizationName?: string) => ({
  language: 'en',
  publicUrl: 'https://book.example',
  facts: facts(recipientName, organizationName),
});

it('[identity A40] a name with markup in it is shown, not run', () => {
  const evil = `<img src=x onerror=alert(1)>"'&`;
  for (const template of templates) {
    const { html, text } = writeLetter(template, options(evil, evil));
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(text).toContain(evil);
  }
});

it('[identity A40] no name can add an element, an attribute or a line to a subject', () => {
  const skeleton = (html: string) => html.replaceAll(/>[^<]*</g, '><');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom(...templates),
      (raw, template) => {
        const name = canonicalName(raw);
        fc.pre(name !== undefined);
        const written = writeLetter(template, options(name ?? null, name));
        expect(skeleton(written.html)).toBe(
          skeleton(writeLetter(template, options('Ada', 'Riverside')).html),
        );
        expect(written.subject).toBe(writeLetter(template, options('Ada', 'Riverside')).subject);
      },
    ),
  );
});

it('[identity A40] a right-to-left name stays in its place', () => {
  const { text } = writeLetter('booking-confirmed', options('أحمد'));
  expect(text).toContain('Hello \u2068أحمد\u2069,');
});

it('writes to somebody without a name, in a language we do not have, in a zone that does not exist', () => {
  const { text } = writeLetter('booking-confirmed', {
    language: 'tlh',
    publicUrl: 'https://book.example',
    facts: { ...facts(null), timeZone: 'Mars/Olympus' },
  });
  expect(text).toContain('Hello,');
  expect(text).toContain('09:00 (UTC)');
});

it('[identity A40] a mail goes to one address, whatever stands in it, over real SMTP', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kept-identity-headers-'));
  const sink = await startMailSink({ host: '127.0.0.1', smtpPort: 0, pagePort: 0, directory });
  const mailer = openMailer({ url: sink.smtpUrl, from: 'Kept <no-reply@kept.example>', encrypted: false });
  try {
    const letter = {
      ...writeLetter('address-code', options('Ada')),
      subject: 'Hello\r\nBcc: evil@x.example',
      requestId: null,
    };
    const page = { filename: 'a.html', contentType: 'text/html', content: '<script>' };
    const calendar = { filename: 'a\r\nb".ics', contentType: 'text/calendar', content: 'METHOD:CANCEL\r\n' };
    for (const address of [
      'a@b.example,evil@x.example',
      'a@b.example\r\nRCPT TO:<evil@x.example>',
      'ada@example.org',
    ]) {
      await mailer.send({ ...letter, id: 'mail-1', address, attachment: page }).catch(() => undefined);
    }
    await mailer.send({ ...letter, id: 'mail-2', address: 'ada@example.org', attachment: calendar });
    const { messages } = (await (await fetch(`${sink.pageUrl}/api/messages`)).json()) as {
      messages: { to: unknown; subject: string; attachments: { filename: string; contentType: string }[] }[];
    };
    const reached = JSON.stringify(messages.map(({ to }) => to));
    expect(reached).toContain('ada@example.org');
    expect(reached).not.toMatch(/"evil@x\.example"/);
    expect(messages.flatMap(({ attachments }) => attachments)).toEqual([
      expect.objectContaining({ filename: 'a__b_.ics', contentType: 'text/calendar' }),
    ]);
  } finally {
    mailer.close();
    await sink.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

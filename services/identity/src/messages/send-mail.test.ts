import { randomUUID } from 'node:crypto';
import type { EventPayload } from '@kept/events';
import type { Member } from '../accounts/enter-member.ts';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';
import { onMessageDecided } from './on-message-decided.ts';
import { onMessageWithdrawn } from './on-message-withdrawn.ts';
import { openMailer } from './open-mailer.ts';
import { sendClaimedMail } from './send-mail.job.ts';
import { REQUESTED_TEMPLATES } from './templates/template.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

type Decision = EventPayload<'message.decided'>;

const CALENDAR = [
  'BEGIN:VCALENDAR',
  'METHOD:REQUEST',
  'BEGIN:VEVENT',
  'UID:1',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

function decision(member: Member, more: Partial<Decision> = {}): Decision {
  return {
    messageId: randomUUID(),
    recipient: { kind: 'CLIENT', id: member.id },
    template: 'booking-confirmed',
    purpose: 'booking.service',
    basis: 'contract',
    parameters: {
      startsAt: '2027-03-28T09:00:00Z',
      timeZone: 'Asia/Kathmandu',
      serviceName: 'Secret Therapy',
    },
    attachment: { filename: 'appointment.ics', contentType: 'text/calendar', content: CALENDAR },
    allowed: true,
    reason: 'contract',
    receiptId: null,
    ...more,
  };
}

const decide = (member: Member, payload: Decision) =>
  test.databases.database.transaction(member.organizationId, (tx) =>
    onMessageDecided(test.identity, test.sending.log, {
      tx,
      event: {
        id: randomUUID(),
        name: 'message.decided',
        organizationId: member.organizationId,
        publisher: 'compliance',
        occurredAt: test.clock(),
        receivedAt: test.clock(),
        payload,
      },
    }),
  );
const client = async (more: Partial<Member> = {}) =>
  test.member({ organizationId: await test.organization(), roles: ['CLIENT'], ...more });
const states = (member: Member) =>
  test.databases.database.transaction(member.organizationId, (tx) =>
    tx.query<{ state: string; attempts: number }>(
      'SELECT state, attempts FROM outgoing_mail ORDER BY created_at',
    ),
  );
const sentEvents = (member: Member) =>
  test.databases.database.transaction(member.organizationId, (tx) =>
    tx.query("SELECT payload FROM outbox WHERE organization_id = $1 AND name = 'message.sent'", [
      member.organizationId,
    ]),
  );

it('sends what was allowed, plain and HTML, with the calendar file, and says that it was sent', async () => {
  const member = await client({ displayName: 'Zoë أحمد 🌱' });
  const payload = decision(member);
  await decide(member, payload);
  const [mail] = await test.mailsTo(member.email);
  expect(mail?.subject).toBe('Your appointment is confirmed');
  for (const text of [mail?.text, mail?.html]) {
    expect(text).toContain('Zoë أحمد 🌱');
    // The comma after the weekday comes and goes with the version of ICU.
    expect(text).toMatch(
      /10:00 \(Europe\/London\), which is Sunday,? 28 March 2027 at 14:45 \(Asia\/Kathmandu\)/,
    );
    expect(text).toContain('https://book.example');
    expect(text).not.toContain('Secret Therapy');
  }
  expect(mail?.attachments).toEqual([
    expect.objectContaining({ filename: 'appointment.ics', contentType: 'text/calendar', content: CALENDAR }),
  ]);
  expect(await sentEvents(member)).toEqual([
    {
      payload: {
        messageId: payload.messageId,
        template: 'booking-confirmed',
        sentAt: test.clock().toISOString(),
        recipientId: member.id,
      },
    },
  ]);
});

it('sends a message once, however often its decision and its job arrive', async () => {
  const member = await client();
  const payload = decision(member);
  await decide(member, payload);
  await decide(member, payload);
  const mail = { organizationId: member.organizationId, mailId: payload.messageId };
  await Promise.all(Array.from({ length: 5 }, () => sendClaimedMail(test.sending, mail)));
  expect(await test.mailsTo(member.email)).toHaveLength(1);
  expect(await sentEvents(member)).toHaveLength(1);
});

it('sends nothing that was refused, came too late, or is for somebody who is no client here', async () => {
  const member = await client();
  await decide(member, decision(member, { allowed: false, reason: 'no_consent' }));
  await decide(member, decision(member, { notAfter: '2027-02-28T00:00:00Z' }));
  await decide(member, decision(member, { recipient: { kind: 'STAFF', id: member.id } }));
  await decide(member, decision(member, { recipient: { kind: 'CLIENT', id: randomUUID() } }));
  await decide(member, decision(member, { template: 'no-such-template' }));
  expect(await test.mailsTo(member.email)).toEqual([]);
  expect(await states(member)).toEqual([{ state: 'EXPIRED', attempts: 1 }]);
});

it('sends a message once although one process was so slow that a second took over, and then failed', async () => {
  const member = await client();
  const payload = decision(member);
  const mail = { organizationId: member.organizationId, mailId: payload.messageId };
  await test.databases.database.transaction(member.organizationId, (tx) =>
    onMessageDecided({ ...test.identity, nudgeMail: () => undefined }, test.sending.log, {
      tx,
      event: { receivedAt: test.clock(), payload } as never,
    }),
  );
  const slow = {
    ...test.sending.mailer,
    send: async () => {
      test.clock.advance(3 * 60_000);
      await sendClaimedMail(test.sending, mail);
      throw new Error('the mail server went away');
    },
  };
  await sendClaimedMail({ ...test.sending, mailer: slow }, mail).catch(() => undefined);
  await sendClaimedMail(test.sending, mail);
  expect(await test.mailsTo(member.email)).toHaveLength(1);
  expect(await states(member)).toEqual([{ state: 'SENT', attempts: 2 }]);
  expect(await sentEvents(member)).toHaveLength(1);
});

it('tries again when the mail server does not answer, and the mail is not lost', async () => {
  const member = await client();
  const payload = decision(member);
  const mail = { organizationId: member.organizationId, mailId: payload.messageId };
  const closed = openMailer({
    url: 'smtp://127.0.0.1:1',
    from: 'Kept <no-reply@kept.example>',
    encrypted: false,
  });
  await test.databases.database.transaction(member.organizationId, (tx) =>
    onMessageDecided({ ...test.identity, nudgeMail: () => undefined }, test.sending.log, {
      tx,
      event: { receivedAt: test.clock(), payload } as never,
    }),
  );
  await expect(sendClaimedMail({ ...test.sending, mailer: closed }, mail)).rejects.toThrow('did not take');
  expect(await states(member)).toEqual([{ state: 'QUEUED', attempts: 1 }]);
  await sendClaimedMail(test.sending, mail);
  expect(await states(member)).toEqual([{ state: 'SENT', attempts: 2 }]);
  expect(await test.mailsTo(member.email)).toHaveLength(1);
});

const LETTERS: readonly [template: string, subject: RegExp, text: RegExp][] = [
  ['booking-rescheduled', /new time/i, /28 March 2027/],
  ['booking-cancelled', /cancel/i, /28 March 2027/],
  ['booking-reminder', /reminder/i, /28 March 2027/],
  ['payment-captured', /payment/i, /£20\.50/],
  ['payment-fee-charged', /fee/i, /£20\.50/],
  ['payment-refunded', /refund/i, /£20\.50/],
  ['payment-refund-failed', /refund/i, /£20\.50/],
  ['payment-released', /released/i, /£20\.50/],
  ['payment-expired', /ended/i, /£20\.50/],
  ['payment-action-needed', /look at the payment/i, /£20\.50/],
  ['payment-balance-due', /costs more/i, /£20\.50/],
  ['payment-disputed', /disputes/i, /£20\.50/],
  ['payment-dispute-closed', /decided/i, /£20\.50/],
  ['payment-card-expiring', /card is about to expire/i, /ending in \u20684242\u2069/],
];

it.each(LETTERS)('writes %s', async (template, subject, text) => {
  const member = await client();
  const parameters = {
    startsAt: '2027-03-28T09:00:00Z',
    amountMinor: '2050',
    currency: 'GBP',
    last4: '4242',
  };
  await decide(member, decision(member, { template, parameters }));
  const [mail] = await test.mailsTo(member.email);
  expect(mail?.subject).toMatch(subject);
  expect(mail?.text).toMatch(text);
});

it('[PAY-05] every letter about money is one of those above', () => {
  const money = REQUESTED_TEMPLATES.filter((template) => template.startsWith('payment-'));
  const shown = new Set(LETTERS.map(([template]) => template));
  expect(money.filter((template) => !shown.has(template))).toEqual([]);
});

it.each(['payment-captured', 'payment-fee-charged'])(
  '[PAY-05] %s says what of the amount is tax, and a receipt what is tip and discount',
  async (template) => {
    const member = await client();
    const amounts = { amountMinor: '2050', taxMinor: '327', tipMinor: '200', discountMinor: '150' };
    await decide(member, decision(member, { template, parameters: { ...amounts, currency: 'GBP' } }));
    const [mail] = await test.mailsTo(member.email);
    const lines = [/includes tax of £3\.27/, /your tip of £2\.00/, /discount of £1\.50 was taken off/];
    const [tax, ...others] = lines.map((line) => line.test(mail?.text ?? ''));
    expect([tax, ...others]).toEqual([true, ...others.map(() => template === 'payment-captured')]);
  },
);

const withdraw = (member: Member, messageId: string) =>
  test.databases.database.transaction(member.organizationId, (tx) =>
    onMessageWithdrawn({
      tx,
      event: {
        receivedAt: test.clock(),
        payload: { messageId, recipient: { kind: 'CLIENT', id: member.id } },
      } as never,
    }),
  );

it('[BOK-09] a reminder that was called back does not leave, whether that comes before its decision or after', async () => {
  const [early, late] = [await client(), await client()];
  const first = decision(early, { template: 'booking-reminder' });
  await withdraw(early, first.messageId);
  await decide(early, first);
  const second = decision(late, { template: 'booking-reminder' });
  await test.databases.database.transaction(late.organizationId, (tx) =>
    onMessageDecided({ ...test.identity, nudgeMail: () => undefined }, test.sending.log, {
      tx,
      event: { receivedAt: test.clock(), payload: second } as never,
    }),
  );
  await withdraw(late, second.messageId);
  for (const [member, { messageId }] of [
    [early, first],
    [late, second],
  ] as const) {
    await sendClaimedMail(test.sending, { organizationId: member.organizationId, mailId: messageId });
    expect(await test.mailsTo(member.email)).toEqual([]);
    expect(await sentEvents(member)).toEqual([]);
  }
  // What has left is left alone, and somebody who is gone breaks nothing.
  const third = decision(late, { template: 'booking-reminder' });
  await decide(late, third);
  await test.mailsTo(late.email);
  await withdraw(late, third.messageId);
  expect((await states(late)).map(({ state }) => state)).toEqual(['EXPIRED', 'SENT']);
  await withdraw({ ...late, id: randomUUID() }, randomUUID());
});

it('[BOK-09] writes in the language of the recipient, and in the organization’s where none was chosen', async () => {
  const organizationId = await test.organization();
  const set = (language: string) =>
    test.databases.database.transaction(organizationId, (tx) =>
      tx.query('UPDATE organization_profile SET language = $1', [language]),
    );
  await set('de');
  const member = await test.member({ organizationId, roles: ['CLIENT'] });
  const caller = test.callerFrom(await test.signIn(member));
  await decide(member, decision(member));
  // A letter is written when it is sent: this one has left before another language is chosen.
  expect(await test.mailsTo(member.email)).toHaveLength(1);
  const ask = 'mutation ($language: String!) { setPreferredLanguage(language: $language) { language } }';
  expect((await test.ask(caller, ask, { language: 'fr-ch' })).data).toEqual({
    setPreferredLanguage: { language: 'fr-CH' },
  });
  await decide(member, decision(member));
  const { errors } = await test.ask(caller, ask, { language: '../en' });
  expect(errors[0]?.extensions?.code).toBe('BAD_INPUT');
  const subjects = (await test.mailsTo(member.email)).map(({ subject }) => subject);
  expect(subjects).toContain('Ihr Termin ist bestätigt');
  expect(subjects).toContain('Votre rendez-vous est confirmé');
});

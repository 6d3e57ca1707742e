// The hole: a mail that looks like ours asks people for their password. Whoever doubts one can ask; and what they are told
// must not tell anybody else who our clients are.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';
import { mailCode, maskedAddress } from './mail-mark.ts';
import { sendClaimedMail } from './send-mail.job.ts';
import { queueMail } from './queue-mail.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const CHECK = 'query ($code: String!) { checkMessage(code: $code) { genuine kind sentAt sentTo } }';
const UNKNOWN = { genuine: false, kind: null, sentAt: null, sentTo: null };
const check = async (organizationId: string, code: string) => {
  const answer = await test.ask(test.anonymous(organizationId), CHECK, { code });
  expect(answer.errors).toEqual([]);
  return rootField(answer);
};
const CODE = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/;

async function sentMail() {
  const organizationId = await test.organization();
  const member = await test.member({
    organizationId,
    roles: ['CLIENT'],
    email: `anna-${randomUUID()}@mail.example.org`,
  });
  const id = randomUUID();
  const mail = { id, accountId: member.id, template: 'booking-cancelled' as const, parameters: {} };
  await test.databases.database.transaction(organizationId, (tx) =>
    queueMail(test.identity, tx, { mail, now: test.clock() }),
  );
  const [received] = await test.mailsTo(member.email);
  const code = CODE.exec(received?.text ?? '')?.[0] ?? '';
  return { organizationId, member, id, received, code };
}

it('[EDU-06] every mail carries a code, and asking with it tells that it is ours, when and what kind', async () => {
  const { organizationId, received, code } = await sentMail();
  expect(received?.text).toContain('https://book.example/check-message');
  expect(received?.html).toContain(code);
  const expected = {
    genuine: true,
    kind: 'APPOINTMENT',
    sentAt: test.clock().toISOString(),
    sentTo: 'a…@m….org',
  };
  for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), code.replaceAll('0', 'o')])
    expect(await check(organizationId, typed)).toEqual(expected);
});

it('[EDU-06] unknown, mistyped, foreign and old codes get one and the same answer', async () => {
  const { organizationId, code } = await sentMail();
  const elsewhere = await test.organization();
  const other = code.endsWith('7') ? `${code.slice(0, -1)}8` : `${code.slice(0, -1)}7`;
  expect(await check(elsewhere, code)).toEqual(UNKNOWN);
  for (const wrong of [
    other,
    '',
    'UUUU-UUUU-UUUU',
    `${code}${code}`,
    "'; DROP TABLE mail_mark",
    '\u0000'.repeat(12),
  ])
    expect(await check(organizationId, wrong)).toEqual(UNKNOWN);
});

it('[EDU-06] a mail that is sent again says the same, and nothing that is stored gives its code away', async () => {
  const { organizationId, member, id, code } = await sentMail();
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query(
      `UPDATE outgoing_mail SET state = 'QUEUED', finished_at = NULL, due_at = now() - interval '100 years' WHERE id = $1`,
      [id],
    ),
  );
  await sendClaimedMail(test.sending, { organizationId, mailId: id });
  const mails = await test.mailsTo(member.email);
  expect(mails.map(({ text }) => CODE.exec(text)?.[0])).toEqual([code, code]);
  const stored = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ text: string }>(
      'SELECT t::text AS text FROM mail_mark t UNION ALL SELECT m::text FROM outgoing_mail m',
    ),
  );
  const letters = Buffer.from(code.replaceAll('-', '')).toString('hex');
  for (const { text } of stored) {
    expect(text).not.toContain(code);
    expect(text).not.toContain(letters);
    expect(text).not.toContain('mail.example');
  }
});

it('codes of different mails differ, and depend on the key', () => {
  const other = {
    hash: (_purpose: unknown, ...parts: readonly (string | Buffer)[]) => Buffer.from(parts.join().padEnd(32)),
  };
  const codes = new Set(Array.from({ length: 2_000 }, () => mailCode(test.identity.secrets, randomUUID())));
  expect(codes.size).toBe(2_000);
  const id = randomUUID();
  expect(mailCode(test.identity.secrets, id)).not.toBe(mailCode(other, id));
});

it('masks every address so that at most three of its characters and its last label are left', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (address) => {
      const masked = maskedAddress(address);
      const at = address.lastIndexOf('@');
      const domain = address.slice(at + 1);
      expect(masked).toBe(`${address[0]}…@${domain[0]}…${domain.slice(domain.lastIndexOf('.'))}`);
    }),
  );
});

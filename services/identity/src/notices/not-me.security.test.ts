// The hole these keep closed: somebody is in an account that is not theirs, its owner reads of it in a mail, and can do
// nothing about it because they would have to sign in first; or the way out becomes a way to harm others.
import { randomUUID } from 'node:crypto';
import type { Member } from '../accounts/enter-member.ts';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';
import { notMeToken } from './not-me-link.ts';
import { SECURITY_NOTICES } from './security-notices.ts';
import { queueMail } from '../messages/queue-mail.ts';
import type { TemplateName } from '../messages/templates/template.ts';

let test: TestIdentity;
let organizationId: string;
let client: Member;
let manager: Member;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
  client = await test.member({ organizationId, roles: ['CLIENT'] });
  manager = await test.member({ organizationId, roles: ['MANAGER'] });
});
afterAll(() => test.stop());

const NOT_ME = 'mutation ($token: String!) { notMe(token: $token) { received message } }';
const CASES = '{ securityCases { id accountId kind about report sessionsEnded closedAt } }';
const say = async (token: string) =>
  rootField<{ received: boolean; message: string }>(
    // From nowhere: the token says which organization it belongs to.
    await test.ask(test.anonymous(organizationId, { organizationId: null }), NOT_ME, { token }),
  );
const tokenIn = (text: string) => /\/not-me#(kn1_[\w-]+)/.exec(text)?.[1] ?? '';
const newestTo = async ({ email }: Member, subject: RegExp) => {
  const mails = await test.mailsTo(email);
  return (
    mails.filter((mail) => subject.test(mail.subject)).at(-1)?.text ?? mails.map((m) => m.subject).join()
  );
};
const rows = <Row>(sql: string, parameters: unknown[] = []) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql, parameters));
const alive = (accountId: string) =>
  rows<{ id: string }>('SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL', [accountId]);

it('[EDU-09] the link in the mail about a new device ends its session and device, needs no sign-in and works once', async () => {
  const first = await test.signIn(client);
  test.clock.advance(1_000);
  const thief = await test.signIn(client, {
    caller: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' },
  });
  expect(thief.__typename).toBe('SessionIssued');
  const text = await newestTo(client, /new device/);
  expect(text).toContain('Firefox / Linux');
  const token = tokenIn(text);
  // Twice at once: one of the two is the one.
  const answers = await Promise.all([say(token), say(token)]);
  expect(answers.filter(({ received }) => received)).toHaveLength(1);
  expect(await alive(client.id)).toEqual([{ id: test.callerFrom(first).sessionId }]);
  const devices = await rows<{ revoked: boolean }>(
    'SELECT revoked_at IS NOT NULL AS revoked FROM device WHERE account_id = $1 ORDER BY created_at',
    [client.id],
  );
  expect(devices).toEqual([{ revoked: false }, { revoked: true }]);
  expect((await say(token)).received).toBe(false);
  expect(await newestTo(client, /what you told us/)).toContain('was not you');
  expect(await test.audit(organizationId)).toContainEqual(
    expect.objectContaining({ action: 'security_case_opened' }),
  );
});

it('[EDU-09] a link that is over, changed, of another organization or invented gets one answer', async () => {
  const old = randomUUID();
  await test.databases.database.transaction(organizationId, async (tx) => {
    await tx.query(
      `INSERT INTO notice_link (id, organization_id, account_id, template, created_at, expires_at)
       VALUES ($1, $2, $3, 'new-device', $4::timestamptz - interval '31 days', $4)`,
      [old, organizationId, client.id, test.clock()],
    );
  });
  const real = notMeToken(test.identity, organizationId, old);
  const elsewhere = notMeToken(test.identity, await test.organization(), old);
  const changed = `${real.slice(0, -2)}${real.endsWith('AA') ? 'BB' : 'AA'}`;
  const answers = await Promise.all([real, elsewhere, changed, 'kn1_', '', 'x'.repeat(5_000)].map(say));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.received).toBe(false);
});

it('[EDU-09] every notice about an account has the link, once, behind the # and in both forms', async () => {
  for (const template of Object.keys(SECURITY_NOTICES) as TemplateName[]) {
    const id = randomUUID();
    await test.databases.database.transaction(organizationId, (tx) =>
      queueMail(test.identity, tx, { mail: { id, accountId: client.id, template }, now: test.clock() }),
    );
    const [mail] = (await test.mailsTo(client.email)).filter(({ text }) =>
      text.includes(notMeToken(test.identity, organizationId, id)),
    );
    expect([template, mail?.text.match(/https:\/\/book\.example\/not-me#/g)?.length]).toEqual([template, 1]);
    expect([template, mail?.html.includes('/not-me#')]).toEqual([template, true]);
  }
});

it('[EDU-09] what was reported is seen by those who look into it alone, and not closed by whom it is about', async () => {
  const reporting = await test.member({ organizationId, roles: ['CLIENT'] });
  const reporter = test.callerFrom(await test.signIn(reporting));
  const REPORT =
    'mutation ($input: SuspiciousActivityInput!) { reportSuspiciousActivity(input: $input) { case } }';
  const input = { kind: 'UNUSUAL_MESSAGE', text: 'A mail asked for my canary password.' };
  const reported = rootField<{ case: string }>(await test.ask(reporter, REPORT, { input }));
  const stored = await rows<{ text: string }>('SELECT c::text AS text FROM security_case c');
  expect(stored.some(({ text }) => text.includes('canary'))).toBe(false);

  expect((await test.ask(reporter, CASES)).errors).not.toEqual([]);
  const boss = test.callerFrom(await test.signIn(manager));
  const cases = rootField<{ id: string; report: string | null }[]>(await test.ask(boss, CASES));
  expect(cases.find(({ id }) => id === reported.case)?.report).toBe(input.text);
  const own = rootField<{ case: string }>(await test.ask(boss, REPORT, { input }));
  const CLOSE =
    'mutation ($id: ID!) { closeSecurityCase(id: $id, finding: HARMLESS) { id closedAt finding } }';
  expect((await test.ask(boss, CLOSE, { id: own.case })).errors[0]?.extensions?.code).toBe(
    'UNAUTHORIZED_FIELD_OR_TYPE',
  );
  expect(rootField<{ finding: string }>(await test.ask(boss, CLOSE, { id: reported.case })).finding).toBe(
    'HARMLESS',
  );
  expect((await test.ask(boss, CLOSE, { id: reported.case })).errors[0]?.extensions?.code).toBe('NOT_FOUND');
});

it('[EDU-09] whoever could come back by what they changed finds the account locked and the password worth nothing', async () => {
  const owner = await test.member({ organizationId, roles: ['CLIENT'] });
  const session = await test.signIn(owner);
  const id = randomUUID();
  await test.databases.database.transaction(organizationId, (tx) =>
    queueMail(test.identity, tx, {
      mail: { id, accountId: owner.id, template: 'authenticator-enrolled' },
      now: test.clock(),
    }),
  );
  await test.mailsTo(owner.email);
  expect((await say(notMeToken(test.identity, organizationId, id))).received).toBe(true);
  expect(await alive(owner.id)).toEqual([]);
  const again = await test.signIn(owner, { deviceToken: session.deviceToken ?? '' });
  expect(again.__typename).not.toBe('SessionIssued');
  const [marked] = await rows<{ must_change: string; cause: string }>(
    `SELECT p.must_change, l.cause FROM password_credential p JOIN account_lock l USING (account_id)
     WHERE p.account_id = $1`,
    [owner.id],
  );
  expect(marked).toEqual({ must_change: 'COMPROMISED', cause: 'NOT_ME' });
});

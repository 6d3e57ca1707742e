// The hole these keep closed: news about security that is itself the leak, reaches somebody twice or half of the people, or is
// sent by whoever has a session open somewhere.
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';
import { readCampaignTexts, textFor } from './check-text.ts';
import { sendDueCampaigns } from './send-campaigns.job.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const SEND =
  'mutation ($input: SecurityUpdateInput!) { sendSecurityUpdate(input: $input) { id state queued } }';
const LIST = '{ securityUpdates { id state queued delivered texts { language subject } } }';
const ENGLISH = {
  language: 'en',
  subject: 'Beware of calls',
  text: 'We never call you.\n\nNobody asks for codes.',
};
const GERMAN = { language: 'de', subject: 'Vorsicht bei Anrufen', text: 'Wir rufen Sie nie an.' };

it.each([
  ['an address', 'Write to ada@example.org'],
  ['a card number', 'It was 4111 1111 1111 1111.'],
  ['a card number with dots', 'It was 4111.1111.1111.1111'],
  ['a link', 'Go to https://example.org'],
  ['a text that turns itself around', 'abc \u202e def'],
  ['nothing', '   '],
])('[EDU-08] refuses a text to everybody with %s', (_what, text) => {
  expect(() => readCampaignTexts([{ ...ENGLISH, text }])).toThrow();
});

it('[EDU-08] a long number that is no card may stand in it, and each reads their own language', () => {
  const texts = readCampaignTexts([{ ...ENGLISH, text: 'Reference 1234 5678 9012 3456.' }, GERMAN]);
  const languageFor = (own: string, business = 'en') => textFor(texts, { own, business })?.language;
  expect([languageFor('de-AT'), languageFor('fr', 'de'), languageFor('fr', 'ja')]).toEqual([
    'de',
    'de',
    'en',
  ]);
});

it('[EDU-08] reaches every active client once, however often and by how many it is run, and is archived', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const clients = [];
  for (let at = 0; at < 3; at++) clients.push(await test.member({ organizationId, roles: ['CLIENT'] }));
  const [first] = clients;
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query("UPDATE account SET language = 'de' WHERE id = $1", [first?.id]),
  );
  const boss = test.callerFrom(await test.signIn(manager));
  const input = { texts: [ENGLISH, GERMAN] };
  expect((await test.ask(boss, SEND, { input })).errors).toEqual([]);
  const again = await test.ask(boss, SEND, { input });
  expect(again.errors[0]?.extensions?.code).toBe('CONFLICT');
  await Promise.all([1, 2, 3].map(() => sendDueCampaigns(test.identity)));
  await sendDueCampaigns(test.identity);
  const subjects = await Promise.all(
    clients.map(async ({ email }) =>
      (await test.mailsTo(email)).map(({ subject }) => subject).filter((subject) => subject.includes(':')),
    ),
  );
  expect(subjects.map((list) => list.length)).toEqual([1, 1, 1]);
  expect(subjects[0]?.[0]).toContain('Vorsicht bei Anrufen');
  expect(subjects[1]?.[0]).toContain('Beware of calls');
  const late = await test.member({ organizationId, roles: ['CLIENT'] });
  await sendDueCampaigns(test.identity);
  expect(await test.mailsTo(late.email)).toEqual([]);
  const [archived] = rootField<{ state: string; queued: number; delivered: number }[]>(
    await test.ask(boss, LIST),
  );
  expect(archived).toMatchObject({ state: 'SENT', queued: 3, delivered: 3 });
  await expect(
    test.databases.database.transaction(organizationId, (tx) =>
      tx.query(`UPDATE security_campaign SET texts = '[]'`),
    ),
  ).rejects.toMatchObject({ driverError: { constraint: 'security_record_stays' } });
});

it('[EDU-08] only by managers and compliance, with a sign-in of a moment ago', async () => {
  const organizationId = await test.organization();
  const clerk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const officer = await test.member({ organizationId, roles: ['COMPLIANCE'] });
  const desk = test.callerFrom(await test.signIn(clerk));
  const compliance = test.callerFrom(await test.signIn(officer));
  const code = async (caller: typeof desk) =>
    (await test.ask(caller, SEND, { input: { texts: [ENGLISH] } })).errors[0]?.extensions?.code;
  expect(await code(desk)).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  const longAgo = { ...compliance, authenticatedAt: (compliance.authenticatedAt ?? 0) - 15 * 60 - 1 };
  expect(await code(longAgo)).toBe('STEP_UP_REQUIRED');
  expect(await code(compliance)).toBeUndefined();
});

// Taking the second factor off is the way round it: whoever holds a session, a used code or a guess must not get there.
import type { Role } from '@kept/passport';
import type { Member } from '../accounts/enter-member.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { newTotpSecret } from './totp.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
});
afterAll(() => test.stop());

const REMOVE = `mutation ($input: TotpRemoveInput!) { totpRemove(input: $input) {
  __typename ... on CodeRefused { message } } }`;
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
  ... on SessionIssued { accessToken viewer { id secondFactor } } } }`;

async function protectedMember(role: Role = 'CLIENT') {
  const totpSecret = newTotpSecret();
  const organizationId = await test.organization();
  return { ...(await test.member({ organizationId, roles: [role], totpSecret })), totpSecret };
}
/** Signs in and lets the clock go on to a code that was not used yet. */
async function signedIn(member: Member): Promise<Step> {
  const step = await test.signIn(member);
  test.clock.advance(30_000);
  return step;
}
const remove = (step: Step, code: string) => test.ask(test.callerFrom(step), REMOVE, { input: { code } });
const removed = async (step: Step, code: string) =>
  rootField<{ __typename: string; message?: string }>(await remove(step, code));
const refresh = (step: Step) =>
  test.step({ ...test.callerFrom(step), accountId: null }, REFRESH, { token: step.refreshToken });
const rows = <Row>({ organizationId }: Member, sql: string) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql));
const isProtected = async (member: Member) =>
  (await rows(member, 'SELECT FROM totp_factor WHERE confirmed_at IS NOT NULL')).length === 1;
const strongSessions = async (member: Member) =>
  (await rows(member, 'SELECT FROM session WHERE ended_at IS NULL AND second_factor')).length;
const removals = async ({ organizationId }: Member) =>
  (await test.audit(organizationId)).filter(({ action, outcome }) =>
    /user_updated success/.test(`${action} ${outcome}`),
  ).length;
const wrongCodes = (secret: string) => {
  const near = new Set([-2, -1, 0, 1, 2].map((later) => test.codeOf(secret, later)));
  return Array.from({ length: 30 }, (_, at) => String(100_000 + at)).filter((code) => !near.has(code));
};

it('[identity A24] nobody takes it off in a session that did not use it, is old or has ended', async () => {
  const organizationId = await test.organization();
  const plain = await test.member({ organizationId, roles: ['CLIENT'] });
  const weak = await test.signIn(plain);
  const started = await test.ask(test.callerFrom(weak), 'mutation { totpEnrollmentStart { secret } }');
  const { secret: totpSecret } = rootField<{ secret: string }>(started);
  await test.ask(
    test.callerFrom(weak),
    'mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) { __typename } }',
    { input: { code: test.codeOf(totpSecret) } },
  );
  const client = { ...plain, totpSecret };
  const code = async (step: Step) =>
    (await remove(step, test.codeOf(totpSecret))).errors[0]?.extensions?.code;
  test.clock.advance(30_000);
  expect(await code(weak)).toBe('STEP_UP_REQUIRED');
  // What the token says does not count: the session's row does.
  const pretending = { ...test.callerFrom(weak), secondFactor: true, authenticatedAt: 4_000_000_000 };
  const { errors } = await test.ask(pretending, REMOVE, { input: { code: test.codeOf(totpSecret) } });
  expect(errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  const old = await test.signIn(client);
  test.clock.advance(15 * 60_000 + 1);
  expect(await code(old)).toBe('STEP_UP_REQUIRED');
  const over = await signedIn(client);
  await test.ask(test.callerFrom(over), 'mutation { signOut { endedAt } }');
  expect(await code(over)).toBe('UNAUTHENTICATED');
  const nobody = await test.ask(test.anonymous(organizationId), REMOVE, { input: { code: '123456' } });
  expect(nobody.errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  expect(await isProtected(client)).toBe(true);
});

it('[identity A21] the code that has just signed in does not take it off, and neither does an earlier one', async () => {
  const client = await protectedMember();
  const session = await test.signIn(client);
  for (const later of [0, -1]) {
    expect((await removed(session, test.codeOf(client.totpSecret, later))).__typename).toBe('CodeRefused');
  }
  expect(await isProtected(client)).toBe(true);
  expect((await test.audit(client.organizationId)).map(({ action }) => action)).toContain('otp_reuse');
  expect(await test.mailsTo(client.email)).toEqual([]);
});

it('[identity A21] ten who take it off at once with one code do so once, and one mail tells of it', async () => {
  const client = await protectedMember();
  const session = await signedIn(client);
  const code = test.codeOf(client.totpSecret);
  const answers = await Promise.all(Array.from({ length: 10 }, () => remove(session, code)));
  const outcomes = answers.map(
    ({ data, errors }) =>
      (data?.['totpRemove'] as { __typename: string } | undefined)?.__typename ?? errors[0]?.extensions?.code,
  );
  expect(outcomes.filter((outcome) => outcome === 'TotpRemoved')).toHaveLength(1);
  for (const outcome of outcomes) expect(['TotpRemoved', 'CodeRefused', 'NOT_FOUND']).toContain(outcome);
  expect(await removals(client)).toBe(1);
  expect((await test.mailsTo(client.email)).map(({ subject }) => subject)).toEqual([
    'The second factor was removed from your account',
  ]);
});

it('[identity A21] of two sessions that take it off at once, each with a code of its own, one does', async () => {
  const client = await protectedMember();
  const sessions = [await test.signIn(client), await signedIn(client)];
  await Promise.all(sessions.map((step, at) => remove(step, test.codeOf(client.totpSecret, at))));
  expect(await removals(client)).toBe(1);
  const outcomes = await Promise.all(sessions.map(refresh));
  expect(outcomes.filter(({ __typename }) => __typename === 'SessionIssued')).toHaveLength(1);
});

it('[identity A25] the other sessions end, and none is left that claims a second factor', async () => {
  const client = await protectedMember();
  const others = [await test.signIn(client), await test.signIn(client)];
  const own = await signedIn(client);
  expect((await removed(own, test.codeOf(client.totpSecret))).__typename).toBe('TotpRemoved');
  for (const other of others) {
    expect((await refresh(other)).__typename).toBe('SessionEnded');
    expect((await remove(other, '123456')).errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  }
  expect(await refresh(own)).toMatchObject({ __typename: 'SessionIssued', viewer: { secondFactor: false } });
  expect(await strongSessions(client)).toBe(0);
  expect(
    await rows(client, "SELECT FROM session WHERE end_reason = 'FACTOR_REMOVED' AND ended_at IS NOT NULL"),
  ).toHaveLength(2);
});

it('[identity A25] the session that goes on lasts no longer than one that was opened without', async () => {
  const client = await protectedMember();
  const own = await signedIn(client);
  await removed(own, test.codeOf(client.totpSecret));
  const [session] = await rows<{ idle: number; absolute: number }>(
    client,
    `SELECT extract(epoch FROM idle_expires_at - authenticated_at)::int AS idle,
       extract(epoch FROM expires_at - authenticated_at)::int AS absolute FROM session`,
  );
  expect(session).toEqual({ idle: 30 * 60 + 30, absolute: 12 * 3600 });
});

it('[identity A25] a sign-in with a second factor at that very moment leaves no session that claims it', async () => {
  for (let round = 0; round < 5; round += 1) {
    const client = await protectedMember();
    const own = await signedIn(client);
    const anonymous = test.anonymous(client.organizationId);
    const recoveryCodes = await test.databases.database.transaction(client.organizationId, (tx) =>
      replaceRecoveryCodes(test.identity, tx, { accountId: client.id, now: test.clock() }),
    );
    const answers = [
      { factor: 'TOTP', code: test.codeOf(client.totpSecret) },
      ...recoveryCodes.slice(0, 3).map((code) => ({ factor: 'RECOVERY_CODE', code })),
    ];
    const flows = [];
    for (const answer of answers) flows.push({ ...answer, ...(await test.start(anonymous, client)) });
    await Promise.all([
      remove(own, test.codeOf(client.totpSecret, 1)),
      ...flows.map(({ flow = '', factor, code }) => test.answer(anonymous, { flow, factor, code })),
    ]);
    expect(await isProtected(client)).toBe(false);
    expect(await strongSessions(client)).toBe(0);
  }
});

it.each(['MANAGER', 'PROVIDER', 'COMPLIANCE'] as const)(
  '[identity A18] %s cannot do without, is told why, and loses no code by asking',
  async (role) => {
    const staff = await protectedMember(role);
    const session = await signedIn(staff);
    const code = test.codeOf(staff.totpSecret);
    // A token that calls them a client changes nothing: the account's row does.
    const callers = [test.callerFrom(session), { ...test.callerFrom(session), kind: 'CLIENT' as const }];
    for (const caller of callers) {
      const { errors } = await test.ask(caller, REMOVE, { input: { code } });
      expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_INPUT' } });
      expect(errors[0]?.message).toContain('always sign in with a second factor');
    }
    expect(await isProtected(staff)).toBe(true);
    expect(await strongSessions(staff)).toBe(1);
    const { flow = '' } = await test.start(test.anonymous(staff.organizationId), staff);
    const again = await test.answer(test.anonymous(staff.organizationId), { flow, code });
    expect(again.__typename).toBe('SessionIssued');
  },
);

it('[identity A07] ten guesses end guessing, here and at the sign-in on the same device', async () => {
  const client = await protectedMember();
  const session = await signedIn(client);
  const { deviceToken = '' } = session;
  const messages = [];
  for (const code of wrongCodes(client.totpSecret).slice(0, 10)) {
    messages.push((await removed(session, code)).message);
  }
  expect(new Set(messages)).toEqual(new Set([expect.stringContaining('not right')]));
  const right = await removed(session, test.codeOf(client.totpSecret));
  expect(right).toMatchObject({ __typename: 'CodeRefused', message: expect.stringContaining('too many') });
  expect((await test.audit(client.organizationId)).map(({ action }) => action)).toContain('authn_login_lock');
  expect((await test.signIn(client, { deviceToken })).code).toBe('ACCOUNT_LOCKED');
  expect(await isProtected(client)).toBe(true);
});

it('[identity A06] an operation with two codes is two guesses, and is refused', async () => {
  const client = await protectedMember();
  const session = await signedIn(client);
  const { errors } = await test.ask(
    test.callerFrom(session),
    `mutation { one: totpRemove(input: { code: "000000" }) { __typename }
       two: totpRemove(input: { code: "${test.codeOf(client.totpSecret)}" }) { __typename } }`,
  );
  expect(errors.map(({ extensions }) => extensions?.code)).toContain('LIMIT_EXCEEDED');
  expect(await isProtected(client)).toBe(true);
});

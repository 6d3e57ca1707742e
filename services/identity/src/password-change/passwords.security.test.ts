// The hole this keeps closed: a password that somebody else knows goes on opening an account, because it may stay, may come
// back, or may be changed from a screen that was left open.
import { randomBytes, randomUUID } from 'node:crypto';
import { openPasswordHasher } from '../passwords/hash-password.ts';
import { requirePeppers } from '../passwords/require-peppers.ts';
import { startSignIn } from '../sign-in/start-sign-in.ts';
import { CHANGE, CHANGE_EXPIRED, type PasswordAnswer } from './operations-for-tests.ts';
import { remindOfAgeingPasswords } from './remind-of-passwords.job.ts';
import { requirePasswordChange } from '../passwords/require-password-change.ts';
import { openTestIdentity, PASSWORD, rootField, type Step, type TestIdentity } from '../test-identity.ts';
import type { Member } from '../accounts/enter-member.ts';

const DAY_MS = 24 * 3_600_000;
const NEXT = 'Copper-Meadow-81-Violin';
let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());
beforeEach(async () => {
  organizationId = await test.organization();
});

const client = () => test.member({ organizationId, roles: ['CLIENT'] });
const desk = () => test.member({ organizationId, roles: ['FRONT_DESK'] });
const anonymous = () => test.anonymous(organizationId);
const asked = async (caller: Parameters<TestIdentity['ask']>[0], query: string, variables: object) =>
  rootField<PasswordAnswer>(await test.ask(caller, query, { ...variables }));
const change = (session: Step, currentPassword: string, newPassword: string) =>
  asked(test.callerFrom(session), CHANGE, { input: { currentPassword, newPassword } });
const codes = ({ reasons = [] }: PasswordAnswer) => reasons.map(({ code }) => code);
const subjects = async ({ email }: Member) => (await test.mailsTo(email)).map(({ subject }) => subject);

it('[identity A36] a changed password ends every other session, this one goes on, and the owner is told', async () => {
  const member = await client();
  const [here, elsewhere] = [await test.signIn(member), await test.signIn(member)];
  expect(await change(here, 'Not-This-One-1234', NEXT)).toMatchObject({ __typename: 'PasswordWrong' });
  expect(await change(here, PASSWORD, NEXT)).toMatchObject({ __typename: 'PasswordChanged' });
  const sessions = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query('SELECT id, end_reason FROM session WHERE account_id = $1 ORDER BY ended_at NULLS LAST', [
      member.id,
    ]),
  );
  expect(sessions).toEqual([
    { id: test.callerFrom(elsewhere).sessionId, end_reason: 'PASSWORD_CHANGED' },
    { id: test.callerFrom(here).sessionId, end_reason: null },
  ]);
  expect(await subjects(member)).toContain('Your password was changed');
  expect((await test.start(anonymous(), member)).code).toBe('BAD_CREDENTIALS');
  expect((await test.signIn({ ...member, password: NEXT })).__typename).toBe('SessionIssued');
});

it('[identity A24] whoever has a second factor needs a sign-in with it a moment ago to change the password', async () => {
  const session = await test.signIn(await desk());
  test.clock.advance(16 * 60_000);
  const { errors } = await test.ask(test.callerFrom(session), CHANGE, {
    input: { currentPassword: PASSWORD, newPassword: NEXT },
  });
  expect(errors[0]?.extensions?.code).toMatch(/STEP_UP_REQUIRED|UNAUTHENTICATED/);
});

it('[AUT-05] none of the last twelve passwords is taken again, and history holds argon2id hashes alone', async () => {
  const member = await client();
  const session = await test.signIn(member);
  const password = (turn: number) => `${NEXT}-${'abcdefghijklmnop'.charAt(turn)}`;
  let current = PASSWORD;
  for (let turn = 0; turn < 12; turn += 1) {
    test.clock.advance(1_000);
    expect(await change(session, current, password(turn))).toMatchObject({ __typename: 'PasswordChanged' });
    current = password(turn);
  }
  for (const earlier of [password(11), password(5), password(0)])
    expect(codes(await change(session, current, earlier))).toEqual(['PASSWORD_REUSED']);
  // The thirteenth before is forgotten.
  expect(await change(session, current, PASSWORD)).toMatchObject({ __typename: 'PasswordChanged' });
  const history = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ hash: string }>('SELECT hash FROM password_history WHERE account_id = $1', [member.id]),
  );
  expect(history).toHaveLength(11);
  for (const { hash } of history) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query('DELETE FROM account WHERE id = $1', [member.id]),
  );
  const left = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query('SELECT 1 FROM password_history WHERE account_id = $1', [member.id]),
  );
  expect(left).toEqual([]);
});

it('[AUT-04] a password of staff that is too old opens nothing until another is chosen', async () => {
  const member = await desk();
  test.clock.advance(180 * DAY_MS);
  const step = await test.signIn(member);
  expect(step).toMatchObject({ __typename: 'PasswordChangeRequired', reason: 'PASSWORD_EXPIRED' });
  const expired = (newPassword: string, flow = step.flow) =>
    asked(anonymous(), CHANGE_EXPIRED, { input: { flow, newPassword } });
  const sessions = () =>
    test.databases.database.transaction(organizationId, (tx) =>
      tx.query('SELECT 1 FROM session WHERE account_id = $1', [member.id]),
    );
  expect(await sessions()).toEqual([]);
  expect(codes(await expired(PASSWORD))).toEqual(['PASSWORD_REUSED']);
  expect((await expired(NEXT, randomUUID())).code).toBe('FLOW_EXPIRED');
  const both = await Promise.all([expired(NEXT), expired(`${NEXT}-2`)]);
  expect(both.map(({ __typename }) => __typename).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'SessionIssued',
    'SignInRejected',
  ]);
  expect(await sessions()).toHaveLength(1);
});

it('[AUT-04] staff are told fourteen, seven and one day before, each once, and clients never', async () => {
  const [member, guest] = [await desk(), await client()];
  const told = async () =>
    (await subjects(member)).filter((subject) => /choose another/.test(subject)).length;
  const counts = [];
  for (const days of [165, 1, 0, 6, 1, 5, 1, 1]) {
    test.clock.advance(days * DAY_MS);
    await remindOfAgeingPasswords(test.identity);
    await remindOfAgeingPasswords(test.identity);
    counts.push(await told());
  }
  expect(counts).toEqual([0, 1, 1, 1, 2, 2, 3, 3]);
  expect(await subjects(guest)).toEqual([]);
});

it('[AUT-11] a password that is known to be weak, or compromised, must be changed; managers see counts and no names', async () => {
  const member = await client();
  await test.databases.database.transaction(organizationId, (tx) =>
    requirePasswordChange(tx, [member.id], 'OLD_RULES'),
  );
  // One that was chosen before the list knew it: shown by the sign-in itself.
  const weak = await test.member({ organizationId, roles: ['CLIENT'], password: 'Password-2027-!!' });
  expect(await test.signIn(member)).toMatchObject({
    __typename: 'PasswordChangeRequired',
    reason: 'PASSWORD_UNSAFE',
  });
  // That somebody else knows it comes before any other reason; known-to-others.security.test.ts has what it then takes.
  await test.databases.database.transaction(organizationId, async (tx) => {
    await requirePasswordChange(tx, [member.id], 'COMPROMISED');
    await requirePasswordChange(tx, [member.id], 'OLD_RULES');
  });
  expect((await test.signIn(weak)).__typename).toBe('PasswordChangeRequired');
  const manager = test.callerFrom(
    await test.signIn(await test.member({ organizationId, roles: ['MANAGER'] })),
  );
  const HEALTH = '{ passwordHealth { kind passwords breached compromised } }';
  expect((await test.ask(manager, HEALTH)).data).toEqual({
    passwordHealth: [
      { kind: 'CLIENT', passwords: 2, breached: 1, compromised: 1 },
      { kind: 'STAFF', passwords: 1, breached: 0, compromised: 0 },
    ],
  });
  const other = test.callerFrom(await test.signIn(await desk()));
  expect((await test.ask(other, HEALTH)).errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
});

it('[AUT-09] the rules are published for password managers, and 128 characters of any script are taken', async () => {
  const { data } = await test.ask(
    anonymous(),
    '{ passwordPolicy { profile lengthMax history passwordRules } }',
  );
  expect(data).toEqual({
    passwordPolicy: {
      profile: 'DEFAULT',
      lengthMax: 128,
      history: 12,
      passwordRules:
        'minlength: 12; maxlength: 128; required: lower; required: upper; required: digit; required: special;',
    },
  });
  const member = await client();
  const session = await test.signIn(member);
  const long = `Aa1-${'🌱Ω漢'.repeat(50)}`;
  const longest = [...long].slice(0, 128).join('');
  expect(await change(session, PASSWORD, longest)).toMatchObject({ __typename: 'PasswordChanged' });
  expect((await test.signIn({ ...member, password: longest })).__typename).toBe('SessionIssued');
  expect((await test.start(anonymous(), { ...member, password: `${longest} ` })).code).toBe(
    'BAD_CREDENTIALS',
  );
});

it('a new pepper takes over at the next sign-in; one that is missing is missed at the start', async () => {
  const member = await client();
  const { identity } = test;
  const versionOf = async () => {
    const [row] = await identity.database.transaction(organizationId, (tx) =>
      tx.query<{ pepper_version: number }>(
        'SELECT pepper_version FROM password_credential WHERE account_id = $1',
        [member.id],
      ),
    );
    return row?.pepper_version;
  };
  const hasher = openPasswordHasher({
    peppers: [
      { version: 2, secret: randomBytes(32) },
      { version: 1, secret: test.pepper },
    ],
  });
  await expect(requirePeppers(identity.database, { known: [2] })).rejects.toThrow(
    /no pepper of version 1 \(\d+ passwords\).*KEPT_PASSWORD_PEPPERS_OLDER/,
  );
  await requirePeppers(identity.database, { known: [2], lost: [1] });
  await requirePeppers(identity.database, { known: [2, 1] });
  expect(await versionOf()).toBe(1);
  const input = { email: member.email, password: PASSWORD };
  const step = await startSignIn({ ...identity, hasher }, { caller: anonymous(), input });
  expect(step.step).toBe('SESSION_ISSUED');
  expect(await versionOf()).toBe(2);
  // The others of this file must not miss it.
  await identity.database.transaction(organizationId, (tx) =>
    tx.query('DELETE FROM account WHERE id = $1', [member.id]),
  );
});

it('the profile NIST asks for no variety and no end; who chose it is written down', async () => {
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const session = await test.signIn(manager);
  const SET = `mutation ($input: SetPasswordPolicyInput!) { setPasswordPolicy(input: $input) { profile staffMaxAgeDays } }`;
  const set = (input: object) => test.ask(test.callerFrom(session), SET, { input });
  expect((await set({ profile: 'NIST', staffMaxAgeDays: 90 })).errors[0]?.extensions?.code).toBe('BAD_INPUT');
  expect((await set({ profile: 'NIST' })).data).toEqual({
    setPasswordPolicy: { profile: 'NIST', staffMaxAgeDays: null },
  });
  expect((await test.audit(organizationId)).map(({ action }) => action)).toContain('password_policy_changed');
  expect(await change(session, PASSWORD, 'tidal lantern orchard copper')).toMatchObject({
    __typename: 'PasswordChanged',
  });
  test.clock.advance(400 * DAY_MS);
  const step = await test.signIn({ ...manager, password: 'tidal lantern orchard copper' });
  expect(step.__typename).toBe('SessionIssued');
});

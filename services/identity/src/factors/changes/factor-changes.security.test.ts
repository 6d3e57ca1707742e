// The holes: whoever got in for a moment takes the owner's second factor off, or puts an easier one of their own in its
// place, and the owner can do nothing about it (A24); old recovery codes
// that still open (A23).
import type { Caller } from '@kept/passport';
import type { Member } from '../../accounts/enter-member.ts';
import { outcome, rowsOf, withdrawn } from '../../people/people-for-tests.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../../test-identity.ts';
import { replaceRecoveryCodes } from '../recovery-codes.ts';
import { newTotpSecret } from '../totp.ts';
import { RESTORE, REMOVE, RENEW, CODES_ON, restoreTokenFor } from './operations-for-tests.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const DAY_MS = 24 * 3_600_000;

const rows = <Row>(sql: string, ...values: unknown[]) => rowsOf<Row>(test, organizationId, [sql, ...values]);
const client = (): Promise<Member> =>
  test.member({ organizationId, roles: ['CLIENT'], totpSecret: newTotpSecret() });
const alive = (accountId: string) =>
  rows<{ id: string }>('SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL', accountId);
const nextCode = ({ totpSecret }: Member) => {
  test.clock.advance(30_000);
  return test.codeOf(totpSecret);
};
async function takeOff(member: Member): Promise<Step> {
  const step = await test.signIn(member);
  const input = { code: nextCode(member) };
  expect(outcome(await test.ask(test.callerFrom(step), REMOVE, { input }))).toEqual({
    __typename: 'TotpRemoved',
  });
  return step;
}
async function enrolAnother(caller: Caller): Promise<string> {
  const { secret } = rootField<{ secret: string }>(
    await test.ask(caller, 'mutation { totpEnrollmentStart { secret } }'),
  );
  const confirmed = await test.ask(
    caller,
    'mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) { __typename } }',
    { input: { code: test.codeOf(secret) } },
  );
  expect(outcome(confirmed)).toEqual({ __typename: 'TotpEnrolled' });
  return secret;
}
// From nowhere: the token says which organization it belongs to.
const restore = async (token: string) =>
  rootField<{ restored: boolean }>(
    await test.ask(test.anonymous(organizationId, { organizationId: null }), RESTORE, { token }),
  ).restored;

describe('bringing a factor back', () => {
  it('[identity A24] the notice of a removal brings the authenticator back without signing in, and ends what was begun', async () => {
    const owner = await client();
    const thief = await takeOff(owner);
    const token = await restoreTokenFor(test, owner);
    const theirs = await enrolAnother(test.callerFrom(thief));
    const before = await alive(owner.id);
    expect(before).toHaveLength(1);
    // At once: one restores, the others find it done.
    expect(await Promise.all([restore(token), restore(token), restore(token)])).toEqual([true, true, true]);
    expect(await alive(owner.id)).toEqual([]);
    expect(await withdrawn(test)).toContain(before[0]?.id);
    const kept = await rows<{ former_secret: Buffer | null }>(
      'SELECT former_secret FROM factor_change WHERE account_id = $1',
      owner.id,
    );
    expect(kept.map(({ former_secret }) => former_secret)).toEqual([null]);
    const anonymous = test.anonymous(organizationId);
    const step = await test.start(anonymous, owner);
    expect(step).toMatchObject({ __typename: 'ChallengeRequired' });
    const { flow = '' } = step;
    expect(await test.answer(anonymous, { flow, code: test.codeOf(theirs) })).toMatchObject({
      code: 'CODE_REFUSED',
    });
    // Whoever took it off knew the password: it is changed before there is a session.
    expect(await test.answer(anonymous, { flow, code: nextCode(owner) })).toMatchObject({
      __typename: 'PasswordChangeRequired',
    });
    const mails = await test.mailsTo(owner.email);
    expect(mails.filter(({ subject }) => subject === 'Your earlier authenticator is back')).toHaveLength(1);
  });

  it('[identity A24] of an authenticator that was replaced too; the new one opens nothing afterwards', async () => {
    const owner = await client();
    const step = await test.signIn(owner);
    const theirs = await enrolAnother(test.callerFrom(step));
    expect((await test.mailsTo(owner.email)).map(({ subject }) => subject)).toContain(
      'Your authenticator was replaced by another one',
    );
    expect(await restore(await restoreTokenFor(test, owner))).toBe(true);
    expect(await test.signIn({ ...owner, totpSecret: theirs })).toMatchObject({ code: 'CODE_REFUSED' });
    expect(await test.signIn(owner)).toMatchObject({ __typename: 'PasswordChangeRequired' });
  });

  it('[identity A24] not after a day, and not with a token that is made up, cut or of something else', async () => {
    const owner = await client();
    await takeOff(owner);
    const token = await restoreTokenFor(test, owner);
    const mail = (await test.mailsTo(owner.email)).map(({ text }) => text).join();
    const notMe = /#(kn1_[\w-]+)/.exec(mail)?.[1] ?? 'kn1_';
    const last = token.at(-2) === 'A' ? 'B' : 'A';
    for (const wrong of [
      '',
      'kf1_',
      token.slice(0, -1),
      `${token.slice(0, -2)}${last}${token.at(-1) ?? ''}`,
      notMe.replace('kn1_', 'kf1_'),
      'x'.repeat(5_000),
    ])
      expect([wrong, await restore(wrong)]).toEqual([wrong, false]);
    test.clock.advance(DAY_MS);
    expect(await restore(token)).toBe(false);
    expect(await rows('SELECT FROM totp_factor WHERE account_id = $1', owner.id)).toEqual([]);
    // The link stands behind the #, where no server and no log sees it.
    expect(mail).toContain('https://book.example/restore-factor#kf1_');
  });

  it('[identity A24] the seed that is kept is sealed, and shows nobody the secret', async () => {
    const owner = await client();
    await takeOff(owner);
    const [kept] = await rows<{ text: string; created_at: Date }>(
      'SELECT c::text AS text, created_at FROM factor_change c WHERE account_id = $1',
      owner.id,
    );
    const seed = owner.totpSecret ?? '';
    expect(kept?.text).not.toContain(seed);
    expect(kept?.text).not.toContain(Buffer.from(seed).toString('hex'));
  });
});

describe('a restricted factor', () => {
  it('[identity A24] waits a day beside a strong one and after one that was taken off, and at once where there was none', async () => {
    const [strong, bare, without] = [
      await client(),
      await client(),
      await test.member({ organizationId, roles: ['CLIENT'] }),
    ];
    const usableFrom = async (caller: Caller, { id }: Member) => {
      const answer = await test.ask(caller, CODES_ON, { factor: 'EMAIL_CODE' });
      expect(answer.errors).toEqual([]);
      const [row] = await rows<{ enrolled_at: Date }>(
        'SELECT enrolled_at FROM code_factor WHERE account_id = $1',
        id,
      );
      return (row?.enrolled_at.getTime() ?? 0) - test.clock().getTime();
    };
    expect(await usableFrom(test.callerFrom(await test.signIn(strong)), strong)).toBe(DAY_MS);
    expect(await usableFrom(test.callerFrom(await takeOff(bare)), bare)).toBe(DAY_MS);
    expect(await usableFrom(test.callerFrom(await test.signIn(without)), without)).toBe(0);
    const offered = async (member: Member) =>
      (await test.start(test.anonymous(organizationId), member)).factors ?? [];
    expect(await offered(strong)).not.toContain('EMAIL_CODE');
    expect(await offered(without)).toEqual(['EMAIL_CODE']);
    test.clock.advance(DAY_MS);
    expect(await offered(strong)).toContain('EMAIL_CODE');
  });

  it('[identity A24] opens a session that changes no strong factor', async () => {
    const owner = await client();
    const first = test.callerFrom(await test.signIn(owner));
    await test.ask(first, CODES_ON, { factor: 'EMAIL_CODE' });
    // As a session that was opened with a mailed code stands there.
    await rows("UPDATE session SET assurance = 'RESTRICTED' WHERE id = $1", first.sessionId);
    for (const [mutation, variables] of [
      ['mutation { totpEnrollmentStart { secret } }', {}],
      [REMOVE, { input: { code: nextCode(owner) } }],
      [RENEW, {}],
      ['mutation { codeFactorDisable(factor: EMAIL_CODE) { enabled } }', {}],
    ] as const) {
      const { errors } = await test.ask(first, mutation, variables);
      expect([mutation, errors[0]?.extensions?.code]).toEqual([mutation, 'STEP_UP_REQUIRED']);
    }
  });
});

describe('recovery codes', () => {
  it('[identity A23] a new set ends the old one; of two sets made at once one opens anything', async () => {
    const owner = await client();
    const old = await test.databases.database.transaction(organizationId, (tx) =>
      replaceRecoveryCodes(test.identity, tx, { accountId: owner.id, now: test.clock() }),
    );
    const caller = test.callerFrom(await test.signIn(owner));
    const sets = (await Promise.all([test.ask(caller, RENEW), test.ask(caller, RENEW)])).map(
      (answer) => rootField<{ recoveryCodes: string[] }>(answer).recoveryCodes,
    );
    expect(sets.map((set) => new Set(set).size)).toEqual([10, 10]);
    expect(await rows('SELECT FROM recovery_code WHERE account_id = $1', owner.id)).toHaveLength(10);
    const anonymous = test.anonymous(organizationId);
    const opens = async (code: string | undefined) => {
      const { flow = '' } = await test.start(anonymous, owner);
      return (await test.answer(anonymous, { flow, factor: 'RECOVERY_CODE', code: code ?? '' })).__typename;
    };
    expect(await opens(old[0])).toBe('SignInRejected');
    const outcomes = [await opens(sets[0]?.[0]), await opens(sets[1]?.[0])];
    expect(outcomes.toSorted()).toEqual(['SessionIssued', 'SignInRejected']);
  });

  it('[identity A24] are made anew only in a fresh session with the factor, and by whoever has one', async () => {
    const owner = await client();
    const caller = test.callerFrom(await test.signIn(owner));
    test.clock.advance(15 * 60_000 + 1);
    expect(outcome(await test.ask(caller, RENEW))).toMatch(/^(STEP_UP_REQUIRED|UNAUTHENTICATED)/);
    const plain = await test.member({ organizationId, roles: ['CLIENT'] });
    expect(outcome(await test.ask(test.callerFrom(await test.signIn(plain)), RENEW))).toMatch(/^BAD_INPUT/);
  });
});

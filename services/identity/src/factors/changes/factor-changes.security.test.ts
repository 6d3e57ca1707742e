// The holes: whoever got in for a moment takes the owner's second factor off, or puts an easier one of their own in its
// place, and the owner can do nothing about it (A24); a manager takes a factor off and a session that claims it goes on
// (A25); a link is used twice, by others or too late (A27); old recovery codes that still open (A23).
import type { Caller } from '@kept/passport';
import type { Member } from '../../accounts/enter-member.ts';
import { outcome, rowsOf, withdrawn } from '../../people/people-for-tests.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../../test-identity.ts';
import { replaceRecoveryCodes } from '../recovery-codes.ts';
import { newTotpSecret } from '../totp.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
  organizationId = await test.organization();
}, 60_000);
afterAll(() => test.stop());

const DAY_MS = 24 * 3_600_000;
const RESTORE = 'mutation ($token: String!) { factorRestore(token: $token) { restored message } }';
const REMOVE = 'mutation ($input: TotpRemoveInput!) { totpRemove(input: $input) { __typename } }';
const REMOVE_OF =
  'mutation ($input: StaffFactorsRemoveInput!) { staffFactorsRemove(input: $input) { sessionsEnded } }';
const RENEW = 'mutation { recoveryCodesRenew { recoveryCodes } }';
const CODES_ON =
  'mutation ($factor: CodeFactorKind!) { codeFactorEnable(factor: $factor) { factor enabled changedAt } }';
const REASON = 'Lost the telephone, came in person and showed a passport.';

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
const tokenFor = async ({ email }: Member) => {
  const texts = (await test.mailsTo(email)).map(({ text }) => text);
  return (
    /\/restore-factor#(kf1_[\w-]+)/.exec(
      texts.findLast((text) => text.includes('/restore-factor')) ?? '',
    )?.[1] ?? ''
  );
};
// From nowhere: the token says which organization it belongs to.
const restore = async (token: string) =>
  rootField<{ restored: boolean }>(
    await test.ask(test.anonymous(organizationId, { organizationId: null }), RESTORE, { token }),
  ).restored;

describe('bringing a factor back', () => {
  it('[identity A24] the notice of a removal brings the authenticator back without signing in, and ends what was begun', async () => {
    const owner = await client();
    const thief = await takeOff(owner);
    const token = await tokenFor(owner);
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
    expect(await restore(await tokenFor(owner))).toBe(true);
    expect(await test.signIn({ ...owner, totpSecret: theirs })).toMatchObject({ code: 'CODE_REFUSED' });
    expect(await test.signIn(owner)).toMatchObject({ __typename: 'PasswordChangeRequired' });
  });

  it('[identity A24] not after a day, and not with a token that is made up, cut or of something else', async () => {
    const owner = await client();
    await takeOff(owner);
    const token = await tokenFor(owner);
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

describe('a factor that staff have lost', () => {
  let manager: Member;
  let caller: Caller;
  const removeOf = (by: Caller, id: string, reason = REASON) =>
    test.ask(by, REMOVE_OF, { input: { id, reason } });
  beforeAll(async () => {
    manager = await test.member({ organizationId, roles: ['MANAGER'] });
  });
  beforeEach(async () => {
    caller = test.callerFrom(await test.signIn(manager));
  });

  it('[identity A25] [identity A27] is taken off by a manager: no session stays, the password opens enrolment alone and once, the person is told', async () => {
    const desk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
    const mine = test.callerFrom(await test.signIn(desk));
    const waiting = await test.start(test.anonymous(organizationId), desk);
    expect(outcome(await removeOf(caller, desk.id))).toEqual({ sessionsEnded: 1 });
    expect(await alive(desk.id)).toEqual([]);
    expect(await withdrawn(test)).toContain(mine.sessionId);
    const late = { flow: waiting.flow ?? '', code: nextCode(desk) };
    expect(await test.answer(test.anonymous(organizationId), late)).toMatchObject({ code: 'FLOW_EXPIRED' });
    const step = await test.start(test.anonymous(organizationId), desk);
    expect(step.__typename).toBe('EnrollmentRequired');
    const guessed = await test.start(test.anonymous(organizationId), {
      ...desk,
      password: 'Wrong-Guess-1-here',
    });
    expect(guessed.flow).toBeUndefined();
    const abroad = await test.ask(
      test.anonymous(await test.organization()),
      'mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret } }',
      { flow: step.flow },
    );
    expect(outcome(abroad)).toMatch(/^UNAUTHENTICATED/);
    expect(step.accessToken).toBeUndefined();
    const subjects = (await test.mailsTo(desk.email)).map(({ subject }) => subject);
    expect(subjects).toContain('A manager took the second factors off your account');
    // Whoever talked the manager into it loses what they enrolled: the owner has a day.
    const { flow } = step;
    const { secret } = rootField<{ secret: string }>(
      await test.ask(
        test.anonymous(organizationId),
        'mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret } }',
        { flow },
      ),
    );
    const confirm =
      'mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) { __typename } }';
    const input = { flow, code: test.codeOf(secret) };
    expect(outcome(await test.ask(test.anonymous(organizationId), confirm, { input }))).toEqual({
      __typename: 'TotpEnrolled',
    });
    // The way in by the password alone was good once (A27).
    test.clock.advance(30_000);
    const again = await test.ask(test.anonymous(organizationId), confirm, {
      input: { flow, code: test.codeOf(secret) },
    });
    expect(outcome(again)).toEqual({ __typename: 'CodeRefused' });
    expect(await restore(await tokenFor(desk))).toBe(true);
    expect(await test.signIn({ ...desk, totpSecret: secret })).toMatchObject({ code: 'CODE_REFUSED' });
  });

  it('[identity A25] a sign-in at that very moment leaves no session', async () => {
    const desk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
    const flows = [];
    for (let at = 0; at < 4; at += 1) flows.push(await test.start(test.anonymous(organizationId), desk));
    // Four codes that are good at once: the authenticator's and three for when it is lost.
    const codes = await test.databases.database.transaction(organizationId, (tx) =>
      replaceRecoveryCodes(test.identity, tx, { accountId: desk.id, now: test.clock() }),
    );
    const code = nextCode(desk);
    await Promise.all([
      ...flows.map(({ flow = '' }, at) =>
        test.answer(
          test.anonymous(organizationId),
          at === 0 ? { flow, code } : { flow, factor: 'RECOVERY_CODE', code: codes[at] ?? '' },
        ),
      ),
      removeOf(caller, desk.id),
    ]);
    expect(await alive(desk.id)).toEqual([]);
  });

  it('[identity A25] by nobody else, not one’s own, not a client’s, not elsewhere, and not without a reason', async () => {
    const desk = await test.member({ organizationId, roles: ['FRONT_DESK', 'COMPLIANCE'] });
    const person = await client();
    const other = await test.organization();
    const stranger = await test.member({ organizationId: other, roles: ['FRONT_DESK'] });
    const weak = { ...caller, secondFactor: false, assurance: 'PASSWORD' as const };
    const refusals = [
      [test.callerFrom(await test.signIn(desk)), manager.id, REASON, /^UNAUTHORIZED_FIELD_OR_TYPE/],
      [weak, desk.id, REASON, /^UNAUTHORIZED_FIELD_OR_TYPE/],
      [caller, manager.id, REASON, /^BAD_INPUT/],
      [caller, person.id, REASON, /^NOT_FOUND/],
      [caller, stranger.id, REASON, /^NOT_FOUND/],
      [caller, 'nobody', REASON, /^NOT_FOUND/],
      [caller, desk.id, 'lost', /^BAD_INPUT/],
    ] as const;
    for (const [by, id, reason, refusal] of refusals)
      expect(outcome(await removeOf(by, id, reason))).toMatch(refusal);
    test.clock.advance(15 * 60_000 + 1);
    expect(outcome(await removeOf(caller, desk.id))).toMatch(/^(STEP_UP_REQUIRED|UNAUTHENTICATED)/);
    expect(await rows('SELECT FROM totp_factor WHERE account_id = $1', desk.id)).toHaveLength(1);
  });
});

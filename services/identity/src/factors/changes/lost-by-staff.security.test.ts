// The holes: a manager takes a factor off and a session that claims it goes on (A25); the way in by the password alone that
// follows is used twice, by others or elsewhere (A27); somebody talks a manager into it, and the owner can do nothing.
import type { Caller } from '@kept/passport';
import type { Member } from '../../accounts/enter-member.ts';
import { outcome, rowsOf, withdrawn } from '../../people/people-for-tests.ts';
import { openTestIdentity, rootField, type TestIdentity } from '../../test-identity.ts';
import { replaceRecoveryCodes } from '../recovery-codes.ts';
import { REMOVE_OF, RESTORE, restoreTokenFor } from './operations-for-tests.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 12 });
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const REASON = 'Lost the telephone, came in person and showed a passport.';
const rows = <Row>(sql: string, ...values: unknown[]) => rowsOf<Row>(test, organizationId, [sql, ...values]);
const alive = (accountId: string) =>
  rows<{ id: string }>('SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL', accountId);
const nextCode = ({ totpSecret }: Member) => {
  test.clock.advance(30_000);
  return test.codeOf(totpSecret);
};

const restore = async (token: string) =>
  rootField<{ restored: boolean }>(await test.ask(test.anonymous(organizationId), RESTORE, { token }))
    .restored;

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
    expect(await restore(await restoreTokenFor(test, desk))).toBe(true);
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
    const person = await test.member({ organizationId, roles: ['CLIENT'] });
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

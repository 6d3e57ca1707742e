// The hole these keep closed: whoever knows the password of before, or reads the mailbox alone, chooses the next password or
// gets past it: with a sign-in begun earlier, in the moment of a change, or because the owner was told and did nothing yet.
import { randomUUID } from 'node:crypto';
import type { Member } from '../accounts/enter-member.ts';
import { notMeToken } from '../notices/not-me-link.ts';
import { requirePasswordChange, type ChangeReason } from '../passwords/require-password-change.ts';
import { setPassword } from '../passwords/set-password.ts';
import { startSignIn } from '../sign-in/start-sign-in.ts';
import { openTestIdentity, PASSWORD, rootField, type Step, type TestIdentity } from '../test-identity.ts';
import {
  CHANGE,
  CHANGE_EXPIRED,
  RESET_CONFIRM,
  RESET_START,
  type PasswordAnswer,
} from './operations-for-tests.ts';

const OWNERS = 'Copper-Meadow-81-Violin';
const THIEFS = 'Walnut-Harbour-37-Cello';
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
const anonymous = () => test.anonymous(organizationId);
const mark = ({ id }: Member, reason: ChangeReason) =>
  test.databases.database.transaction(organizationId, (tx) => requirePasswordChange(tx, [id], reason));
const lastCodeTo = async ({ email }: Member) =>
  /\b\d{8}\b/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[0] ?? 'none';
const ask = async (query: string, variables: Record<string, unknown>, caller = anonymous()) =>
  rootField<PasswordAnswer & Step>(await test.ask(caller, query, variables));
const chooseExpired = (flow: string | undefined, newPassword: string) =>
  ask(CHANGE_EXPIRED, { input: { flow, newPassword } });

async function resetByMail(member: Member): Promise<void> {
  const { flow } = await ask(RESET_START, { email: member.email });
  const code = await lastCodeTo(member);
  const input = { flow, code, newPassword: OWNERS };
  expect((await ask(RESET_CONFIRM, { input })).__typename).toBe('PasswordChanged');
}

async function prepareAndAnswer(
  flow: string,
  { member, caller }: { member: Member; caller: typeof anonymous },
) {
  const PREPARE = 'mutation ($flow: ID!) { challengePrepare(flow: $flow, factor: EMAIL_CODE) { message } }';
  await test.ask(caller(), PREPARE, { flow });
  return test.answer(caller(), { flow, factor: 'EMAIL_CODE', code: await lastCodeTo(member) });
}

it('[identity A17] a sign-in that was begun with the password before does not choose the next one after a reset', async () => {
  const member = await client();
  await mark(member, 'BREACHED');
  const thief = await test.signIn(member);
  expect(thief.__typename).toBe('PasswordChangeRequired');
  await resetByMail(member);
  expect(await chooseExpired(thief.flow, THIEFS)).toMatchObject({ code: 'FLOW_EXPIRED' });
  expect((await test.signIn({ ...member, password: OWNERS })).__typename).toBe('SessionIssued');
});

it('[identity A17] nor does a second factor finish one', async () => {
  const desk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const { flow = '' } = await test.start(anonymous(), desk);
  await resetByMail(desk);
  test.clock.advance(30_000);
  expect((await test.answer(anonymous(), { flow, code: test.codeOf(desk.totpSecret) })).code).toBe(
    'FLOW_EXPIRED',
  );
});

it('[EDU-09] "this was not me" ends a sign-in that waits for another password, whatever was known of the password', async () => {
  const member = await client();
  await mark(member, 'BREACHED');
  const thief = await test.signIn(member);
  const id = randomUUID();
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO notice_link (id, organization_id, account_id, template, created_at, expires_at)
       VALUES ($1, $2, $3, 'new-device', $4, $4::timestamptz + interval '1 day')`,
      [id, organizationId, member.id, test.clock()],
    ),
  );
  const NOT_ME = 'mutation ($token: String!) { notMe(token: $token) { received } }';
  await test.ask(anonymous(), NOT_ME, { token: notMeToken(test.identity, organizationId, id) });
  expect(await chooseExpired(thief.flow, THIEFS)).toMatchObject({ code: 'FLOW_EXPIRED' });
  // The password alone begins nothing that chooses another.
  expect(await test.start(anonymous(), member)).toMatchObject({
    __typename: 'ChallengeRequired',
    factors: ['EMAIL_CODE'],
  });
});

it.each(['COMPROMISED', 'ROTATED'] as const)(
  '[AUT-11] a password that is %s chooses the next one only together with the mailbox',
  async (reason) => {
    const member = await client();
    await mark(member, 'BREACHED');
    const begun = await test.signIn(member);
    await mark(member, reason);
    expect(await chooseExpired(begun.flow, THIEFS)).toMatchObject({ code: 'FLOW_EXPIRED' });
    const { flow = '', ...step } = await test.start(anonymous(), member);
    expect(step).toMatchObject({ __typename: 'ChallengeRequired', factors: ['EMAIL_CODE'] });
    const proven = await prepareAndAnswer(flow, { member, caller: anonymous });
    expect(proven.__typename).toBe('PasswordChangeRequired');
    expect((await chooseExpired(proven.flow, OWNERS)).__typename).toBe('SessionIssued');
    // Staff without a factor would have the thief's enrolled.
    const desk = await test.member({ organizationId, roles: ['FRONT_DESK'], totpSecret: undefined });
    expect((await test.signIn(desk)).__typename).toBe('EnrollmentRequired');
    await mark(desk, reason);
    expect((await test.signIn(desk)).code).toBe('BAD_CREDENTIALS');
    await resetByMail(desk);
    expect((await test.signIn({ ...desk, password: OWNERS })).__typename).toBe('EnrollmentRequired');
  },
);

it('[identity A20] a password that the mailbox gave, changed by whoever knows it, makes mailed codes no second factor', async () => {
  const member = await client();
  await resetByMail(member);
  const session = await test.signIn({ ...member, password: OWNERS });
  const caller = () => test.callerFrom(session);
  const input = { currentPassword: OWNERS, newPassword: THIEFS };
  expect((await ask(CHANGE, { input }, caller())).__typename).toBe('PasswordChanged');
  const { flow = '' } = await ask('mutation { stepUpStart { flow } }', {}, caller());
  const proven = await prepareAndAnswer(flow, { member, caller });
  expect(proven.viewer?.secondFactor).toBe(false);
});

it('[identity A36] a password that is changed while the one before is verified opens nothing', async () => {
  const member = await client();
  const { identity } = test;
  const next = await identity.hasher.hash(OWNERS);
  const hasher: typeof identity.hasher = {
    ...identity.hasher,
    async verify(...of) {
      const right = await identity.hasher.verify(...of);
      await identity.database.transaction(organizationId, async (tx) => {
        const [row] = await tx.query<{ hash: string }>(
          'SELECT hash FROM password_credential WHERE account_id = $1',
          [member.id],
        );
        const replacing = row?.hash ?? '';
        await setPassword(tx, { accountId: member.id, replacing, next, by: 'MAIL', now: test.clock() });
      });
      return right;
    },
  };
  const input = { email: member.email, password: PASSWORD };
  expect(await startSignIn({ ...identity, hasher }, { caller: anonymous(), input })).toMatchObject({
    step: 'REJECTED',
    code: 'FLOW_EXPIRED',
  });
});

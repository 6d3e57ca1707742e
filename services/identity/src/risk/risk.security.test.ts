// The hole these keep closed: whoever has somebody's password signs in with it from the other end of the world and is asked
// for nothing more; or a person who travels, uses a VPN or shares a desk is locked out by a machine.
import { join } from 'node:path';
import type { Caller } from '@kept/passport';
import type { Member } from '../accounts/enter-member.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';
import { assessSignIn } from './assess-sign-in.ts';
import { nameDevice } from './name-device.ts';

// Of the test databases (fixtures/README.md).
const BOXFORD = '2.125.160.216';
const LINKOEPING = '89.160.20.112';
const MILTON = '216.160.83.56';
const LONDON_BY_VPN = '81.2.69.142';
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.mmdb`);
const HOUR_MS = 3_600_000;

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity({
    addresses: {
      KEPT_COUNTRY_DATABASE: fixture('GeoLite2-City-Test'),
      KEPT_PROVIDER_DATABASE: fixture('GeoLite2-ASN-Test'),
      KEPT_ANONYMOUS_DATABASE: fixture('GeoIP2-Anonymous-IP-Test'),
    },
  });
});
afterAll(() => test.stop());

const from = (networkAddress: string, more: Partial<Caller> = {}) => ({
  caller: { networkAddress, ...more },
});
const rows = <Row>(organizationId: string, sql: string) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql));
/** How a sign-in of a device that nobody knows, or of the known one, would be judged now. */
const judge = async (member: Member, networkAddress: string, deviceId: string | null = null) => {
  const caller = test.anonymous(member.organizationId, { networkAddress });
  const { id } = member;
  const kind = member.roles.includes('CLIENT') ? 'CLIENT' : 'STAFF';
  return test.databases.database.transaction(member.organizationId, (tx) =>
    assessSignIn(test.identity, tx, { caller, account: { id, kind }, deviceId, now: test.clock() }),
  );
};
const settle = async (roles: Member['roles']) => {
  const organizationId = await test.organization();
  const member = await test.member({ organizationId, roles });
  const step = await test.signIn(member, from(BOXFORD));
  return { organizationId, member, step, deviceId: test.callerFrom(step).deviceId };
};

it('[AUT-15] [identity A52] judges by where, when and on what a sign-in is made, and writes down why', async () => {
  const { organizationId, member } = await settle(['CLIENT']);
  const [device] = await rows<{ id: string }>(organizationId, 'SELECT id FROM device');
  test.clock.advance(HOUR_MS);
  // Known by its cookie, from home: nothing.
  expect(await judge(member, BOXFORD, device?.id)).toEqual({ level: 'LOW', reasons: [] });
  // Another country an hour later: nobody travels so fast; but the known device, or a VPN, explains it.
  expect((await judge(member, MILTON)).level).toBe('DENY');
  expect(await judge(member, MILTON, device?.id)).toEqual({ level: 'LOW', reasons: ['NEW_COUNTRY'] });
  const hidden = await judge(member, LONDON_BY_VPN);
  expect(hidden).toEqual({ level: 'MEDIUM', reasons: ['NEW_DEVICE', 'ANONYMOUS_NETWORK'] });
  // A day later somebody may well be there: new country and new device want a second look.
  test.clock.advance(24 * HOUR_MS);
  const abroad = await judge(member, LINKOEPING);
  expect(abroad.level).toBe('MEDIUM');
  expect([...abroad.reasons].toSorted()).toEqual(['NEW_COUNTRY', 'NEW_DEVICE']);

  const kept = await rows<{ score: number; reasons: string[]; country: string; policy_version: number }>(
    organizationId,
    "SELECT score, reasons, country, policy_version FROM risk_assessment WHERE level = 'DENY'",
  );
  expect(kept).toEqual([
    {
      score: 80,
      reasons: ['IMPOSSIBLE_TRAVEL', 'NEW_DEVICE', 'NEW_COUNTRY'],
      country: 'US',
      policy_version: 0,
    },
  ]);
  const all = await rows<{ text: string }>(
    organizationId,
    'SELECT o::text || a::text AS text FROM sign_in_origin o, risk_assessment a',
  );
  for (const secret of [BOXFORD, MILTON, 'Boxford', '51.8', 'London'])
    expect(all.filter(({ text }) => text.includes(secret))).toEqual([]);
});

it('[AUT-15] whom nobody could have carried there gets no session, is not locked, and a known device is not asked', async () => {
  const { member, step } = await settle(['CLIENT']);
  test.clock.advance(HOUR_MS);
  const far = await test.signIn(member, from(MILTON));
  expect(far.__typename).not.toBe('SessionIssued');
  const known = await test.signIn(member, { ...from(MILTON), deviceToken: step.deviceToken ?? '' });
  expect(known.__typename).toBe('SessionIssued');
  const home = await test.signIn(member, from(BOXFORD));
  expect(home.code ?? '').not.toBe('ACCOUNT_LOCKED');
});

const SET = 'mutation ($input: RiskPolicyInput!) { setRiskPolicy(input: $input) { version clientMode } }';
const set = (caller: Caller, input: object) => test.ask(caller, SET, { input });

it('[AUT-15] the policy is data with versions; OBSERVE writes down what it would have done and asks nothing', async () => {
  const { organizationId, member } = await settle(['CLIENT']);
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const boss = test.callerFrom(await test.signIn(manager, from(BOXFORD)));
  expect((await set(boss, { mediumFrom: 90 })).errors[0]?.extensions?.code).toBe('BAD_INPUT');
  expect(rootField<object>(await set(boss, { clientMode: 'OBSERVE' }))).toEqual({
    version: 1,
    clientMode: 'OBSERVE',
  });
  test.clock.advance(HOUR_MS / 2);
  expect((await set(boss, { clientMode: 'ENFORCE' })).errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  expect((await judge(member, MILTON)).level).toBe('LOW');
  const [kept] = await rows(
    organizationId,
    'SELECT level, mode, policy_version FROM risk_assessment ORDER BY assessed_at DESC LIMIT 1',
  );
  expect(kept).toEqual({ level: 'DENY', mode: 'OBSERVE', policy_version: 1 });
  await expect(rows(organizationId, "UPDATE risk_policy SET settings = '{}'")).rejects.toMatchObject({
    driverError: { constraint: 'security_record_stays' },
  });
});

it('[AUT-15] a session that goes on from somewhere else is judged again, and its tokens say so', async () => {
  const { organizationId, member, step } = await settle(['CLIENT']);
  const refresh = (refreshToken: string, networkAddress: string) =>
    test.step(
      test.anonymous(organizationId, { networkAddress }),
      `mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) {
         __typename ... on SessionIssued { accessToken refreshToken } } }`,
      { refreshToken },
    );
  const claims = ({ accessToken = '' }: Step) =>
    JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { rsk?: string };
  test.clock.advance(60_000);
  const same = await refresh(step.refreshToken ?? '', BOXFORD);
  expect(claims(same).rsk ?? 'LOW').toBe('LOW');
  test.clock.advance(60_000);
  const moved = await refresh(same.refreshToken ?? '', '1.2.0.1');
  expect(moved.__typename).toBe('SessionIssued');
  const judged = await rows<{ occasion: string }>(
    organizationId,
    `SELECT occasion FROM risk_assessment WHERE account_id = '${member.id}' AND occasion = 'REFRESH'`,
  );
  expect(judged).toHaveLength(1);
});

it('[AUT-15] something sensitive from where its owner cannot be waits for a sign-in there, and the judgement stays', async () => {
  const { organizationId, step } = await settle(['CLIENT']);
  test.clock.advance(60_000);
  const CHANGE = 'mutation ($input: ChangeContactInput!) { changeContact(input: $input) { change } }';
  const ask = (networkAddress: string) =>
    test.ask({ ...test.callerFrom(step), networkAddress }, CHANGE, { input: { email: 'new@example.org' } });
  expect((await ask(MILTON)).errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  const [kept] = await rows(
    organizationId,
    "SELECT level, occasion FROM risk_assessment WHERE occasion = 'OPERATION'",
  );
  expect(kept).toEqual({ level: 'DENY', occasion: 'OPERATION' });
  expect((await ask(BOXFORD)).errors).toEqual([]);
});

it('[AUT-12] one account of the staff in two places at once alerts the managers, once, within the same second', async () => {
  const { organizationId, member } = await settle(['FRONT_DESK']);
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const alerts = async () =>
    (await test.mailsTo(manager.email)).filter(({ subject }) => subject.includes('several people'));
  expect(await alerts()).toEqual([]);
  test.clock.advance(24 * HOUR_MS);
  const first = await test.signIn(member, from(BOXFORD));
  expect(first.__typename).toBe('SessionIssued');
  // The same network on another device: a telephone beside the computer.
  await test.signIn(member, from(BOXFORD));
  expect(await alerts()).toEqual([]);
  test.clock.advance(8 * 60_000);
  await test.signIn(member, from(LONDON_BY_VPN));
  await test.signIn(member, from(LONDON_BY_VPN));
  expect(await alerts()).toHaveLength(1);
  expect(await test.audit(organizationId)).toContainEqual(
    expect.objectContaining({
      action: 'shared_credential_suspected',
      details: expect.objectContaining({ alert: 'SHARED_CREDENTIAL' }) as object,
    }),
  );
});

it('[AUT-12] a policy can refuse the second session; the first goes on', async () => {
  const { organizationId, member, step } = await settle(['FRONT_DESK']);
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const boss = test.callerFrom(await test.signIn(manager, from(BOXFORD)));
  expect((await set(boss, { refuseSharedSession: true })).errors).toEqual([]);
  const second = await test.signIn(member, from(LONDON_BY_VPN));
  expect(second).toMatchObject({ __typename: 'SignInRejected', code: 'SESSION_ELSEWHERE' });
  const [session] = await rows<{ ended: boolean }>(
    organizationId,
    `SELECT ended_at IS NOT NULL AS ended FROM session WHERE id = '${test.callerFrom(step).sessionId ?? ''}'`,
  );
  expect(session).toEqual({ ended: false });
});

it('[AUT-12] two accounts that take turns on one device are noticed', async () => {
  const organizationId = await test.organization();
  const one = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const other = await test.member({ organizationId, roles: ['PROVIDER'] });
  let deviceToken = '';
  for (const member of [one, other, one, other, one]) {
    const step = await test.signIn(member, { ...from(BOXFORD), deviceToken });
    deviceToken = step.deviceToken ?? '';
    test.clock.advance(60_000);
  }
  const cases = await rows<{ about: string }>(organizationId, 'SELECT about FROM security_case');
  expect(cases).toContainEqual({ about: 'ALTERNATING_ACCOUNTS' });
});

it('identity A21 [AUT-12] [AUT-15] the loser of a code that was used twice makes the next day careful, and of staff the managers hear', async () => {
  const { organizationId, member } = await settle(['FRONT_DESK']);
  const anonymous = test.anonymous(organizationId, { networkAddress: BOXFORD });
  test.clock.advance(30_000);
  const flows = [await test.start(anonymous, member), await test.start(anonymous, member)];
  const code = test.codeOf(member.totpSecret);
  const answers = await Promise.all(flows.map(({ flow = '' }) => test.answer(anonymous, { flow, code })));
  expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['SessionIssued', 'SignInRejected']);
  expect((await judge(member, BOXFORD)).reasons).toContain('CODE_REUSED');
  expect(await rows(organizationId, 'SELECT about FROM security_case')).toContainEqual({
    about: 'CODE_REUSED',
  });
});

it('names devices by words of its own alone, whatever a user agent says', () => {
  expect(nameDevice('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0')).toBe(
    'Firefox / Windows',
  );
  expect(nameDevice('<b>call +44 20 7946 0000</b>/1 evil')).toBeNull();
  expect(nameDevice(`${'('.repeat(200_000)} Firefox/128.0`)).toBeNull();
});

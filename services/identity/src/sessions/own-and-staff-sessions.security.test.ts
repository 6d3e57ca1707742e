// What it keeps closed: a session left open that nobody sees, an end that is not felt, sessions and devices of others that
// somebody may look at or end, and a stolen refresh token that is used from elsewhere.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { callerOf } from '@kept/testing';
import type { Member } from '../accounts/enter-member.ts';
import { readWithdrawals } from '../control/withdrawals.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
let organizationId: string;
let manager: Member;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
  organizationId = await test.organization();
  manager = await test.member({ organizationId, roles: ['MANAGER'] });
});
afterAll(() => test.stop());

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const REFRESH = `mutation ($token: String!, $device: String) { refreshSession(refreshToken: $token, deviceToken: $device) {
  __typename ... on SessionIssued { accessToken refreshToken deviceToken } ... on SessionEnded { message } } }`;
const refresh = (token: string | undefined, more: { device?: string | undefined; from?: object } = {}) =>
  test.step({ ...test.anonymous(randomUUID()), organizationId: null, ...more.from }, REFRESH, {
    token,
    device: more.device ?? null,
  });
const withdrawn = async () => {
  const { withdrawals } = await test.databases.database.infrastructure('test', (tx) => readWithdrawals(tx));
  return withdrawals.map(({ id }) => id);
};
const caller = (step: Step): Caller => test.callerFrom(step);

it('[SES-02] a manager sees what a colleague left open, with its last use and device, and ends it for good', async () => {
  const colleague = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const [left, other] = [
    await test.signIn(colleague, { caller: { userAgent: FIREFOX } }),
    await test.signIn(colleague),
  ];
  const boss = caller(await test.signIn(manager));
  const LIST = `query ($id: ID!) { staffSessions(accountId: $id) { id lastSeenAt device clientType } }`;
  const listed = rootField<{ id: string; device: string | null; lastSeenAt: string }[]>(
    await test.ask(boss, LIST, { id: colleague.id }),
  );
  const { sessionId } = caller(left);
  expect(listed).toHaveLength(2);
  expect(listed).toContainEqual(
    expect.objectContaining({ id: sessionId, device: 'Firefox / Linux', lastSeenAt: expect.any(String) }),
  );
  const END = `mutation ($input: EndStaffSessionInput!) { endStaffSession(input: $input) { endedAt } }`;
  const input = { accountId: colleague.id, sessionId };
  const ended = await test.ask(boss, END, { input });
  expect(ended.errors).toEqual([]);
  // What gateways are told: no token of it is good any more, and the other one goes on (A36).
  expect(await withdrawn()).toContain(sessionId);
  expect(await withdrawn()).not.toContain(caller(other).sessionId);
  expect((await refresh(left.refreshToken)).__typename).toBe('SessionEnded');
  expect((await refresh(other.refreshToken)).__typename).toBe('SessionIssued');
  expect((await test.ask(boss, END, { input })).errors[0]?.extensions?.code).toBe('NOT_FOUND');
  expect((await test.mailsTo(colleague.email)).map(({ subject }) => subject)).toContain(
    'We ended one of your sessions',
  );
  expect(await test.audit(organizationId)).toContainEqual(
    expect.objectContaining({
      action: 'authn_token_revoked',
      actor: { kind: 'STAFF', id: manager.id },
      details: expect.objectContaining({ sessionId, reason: 'ENDED_BY_STAFF', network: expect.any(String) }),
    }),
  );
});

it('[SES-02] nobody else sees or ends a session of staff: not colleagues, clients, another organization, nor an old sign-in', async () => {
  const colleague = await test.member({ organizationId, roles: ['PROVIDER'] });
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const open = await test.signIn(colleague);
  const clients = caller(await test.signIn(client));
  const { sessionId } = caller(open);
  const strangers = [
    caller(open),
    clients,
    { ...caller(await test.signIn(manager)), organizationId: randomUUID() },
    callerOf({ kind: 'ANONYMOUS', organizationId }),
  ];
  const boss = await test.signIn(manager);
  const END = `mutation ($input: EndStaffSessionInput!) { endStaffSession(input: $input) { endedAt } }`;
  const end = async (who: Caller, accountId = colleague.id, id = sessionId) =>
    (await test.ask(who, END, { input: { accountId, sessionId: id } })).errors[0]?.extensions?.code;
  for (const stranger of strangers) {
    expect(await end(stranger)).toMatch(/^(UNAUTHENTICATED|FORBIDDEN|NOT_FOUND|UNAUTHORIZED\w*)$/);
    const seen = await test.ask(stranger, `{ staffSessions(accountId: "${colleague.id}") { id } }`);
    expect(seen.data?.['staffSessions'] ?? null).toBeNull();
  }
  // A client is none of staff; and none of the colleague's is ended under another's name.
  expect(await end(caller(boss), client.id, clients.sessionId ?? '')).toBe('NOT_FOUND');
  expect(await end(caller(boss), manager.id)).toBe('NOT_FOUND');
  expect(await end(caller(boss), 'x', 'y')).toBe('NOT_FOUND');
  test.clock.advance(9 * 60_000);
  const stale = await refresh(boss.refreshToken);
  test.clock.advance(7 * 60_000);
  expect(await end(caller(stale))).toBe('STEP_UP_REQUIRED');
  expect(await withdrawn()).not.toContain(sessionId);
});

it('[AUT-14] a person sees their devices by name, and forgets one or all: its sessions end, and it is unknown from then on', async () => {
  const member = await test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
  const computer = await test.signIn(member, { caller: { userAgent: FIREFOX } });
  const telephone = await test.signIn(member, { caller: { userAgent: IPHONE } });
  const LIST = '{ viewer { devices { id name } sessions { id device } } }';
  const seen = async () =>
    rootField<{ devices: { id: string; name: string }[]; sessions: { id: string; device: string }[] }>(
      await test.ask(caller(computer), LIST),
    );
  const { devices, sessions } = await seen();
  expect(new Set(devices.map(({ name }) => name))).toEqual(new Set(['Firefox / Linux', 'Safari / iOS']));
  expect(sessions.find(({ id }) => id === caller(telephone).sessionId)?.device).toBe('Safari / iOS');
  const id = devices.find(({ name }) => name === 'Safari / iOS')?.id;
  const FORGET = 'mutation ($id: ID!) { forgetDevice(id: $id) { endedAt } }';
  const strangers = await test.member({ organizationId: member.organizationId, roles: ['CLIENT'] });
  const stranger = caller(await test.signIn(strangers));
  expect((await test.ask(stranger, FORGET, { id })).errors[0]?.extensions?.code).toBe('NOT_FOUND');
  expect((await test.ask(caller(computer), FORGET, { id })).errors).toEqual([]);
  expect((await refresh(telephone.refreshToken)).__typename).toBe('SessionEnded');
  expect((await refresh(computer.refreshToken)).__typename).toBe('SessionIssued');
  expect((await seen()).devices.map(({ name }) => name)).toEqual(['Firefox / Linux']);
  // The token of a forgotten device makes nobody known.
  const again = await test.signIn(member, { deviceToken: telephone.deviceToken ?? '' });
  expect((await seen()).devices).toHaveLength(2);
  const all = await test.ask(caller(computer), 'mutation { forgetAllDevices { endedAt } }');
  expect(all.errors).toEqual([]);
  for (const step of [again, computer])
    expect((await refresh(step.refreshToken)).__typename).toBe('SessionEnded');
});

it('a person ends one session of their own, and none of anybody else', async () => {
  const member = await test.member({ organizationId, roles: ['CLIENT'] });
  const other = await test.member({ organizationId, roles: ['CLIENT'] });
  const [here, there, foreign] = [
    await test.signIn(member),
    await test.signIn(member),
    await test.signIn(other),
  ];
  const end = (id: string | null) =>
    test.ask(caller(here), 'mutation ($id: ID!) { endSession(id: $id) { endedAt } }', { id });
  expect((await end(caller(foreign).sessionId)).errors[0]?.extensions?.code).toBe('NOT_FOUND');
  expect((await end(caller(there).sessionId)).errors).toEqual([]);
  expect((await refresh(there.refreshToken)).__typename).toBe('SessionEnded');
  expect((await refresh(foreign.refreshToken)).__typename).toBe('SessionIssued');
  expect((await refresh(here.refreshToken)).__typename).toBe('SessionIssued');
});

it('[identity A24] only whoever signed in a moment ago ends others, or forgets devices; leaving altogether is always possible', async () => {
  const member = await test.member({ organizationId, roles: ['CLIENT'] });
  const [here, there] = [await test.signIn(member), await test.signIn(member)];
  test.clock.advance(16 * 60_000);
  const code = async (mutation: string, id?: string | null) =>
    (await test.ask(caller(here), mutation, { ...(id !== undefined && { id }) })).errors[0]?.extensions?.code;
  const END = 'mutation ($id: ID!) { endSession(id: $id) { endedAt } }';
  expect(await code(END, caller(there).sessionId)).toBe('STEP_UP_REQUIRED');
  expect(await code('mutation ($id: ID!) { forgetDevice(id: $id) { endedAt } }', randomUUID())).toBe(
    'STEP_UP_REQUIRED',
  );
  expect(await code('mutation { forgetAllDevices { endedAt } }')).toBe('STEP_UP_REQUIRED');
  expect((await refresh(there.refreshToken)).__typename).toBe('SessionIssued');
  expect(await code(END, caller(here).sessionId)).toBeUndefined();
});

describe('[identity A32] a refresh token', () => {
  const begin = async () => {
    const member = await test.member({ organizationId, roles: ['CLIENT'] });
    return { member, first: await test.signIn(member), elsewhere: await test.signIn(member) };
  };

  it('that comes from another device ends the session for everybody, and the person is told', async () => {
    const { member, first, elsewhere } = await begin();
    const { sessionId } = caller(first);
    const stolen = await refresh(first.refreshToken, { device: elsewhere.deviceToken });
    expect(stolen.__typename).toBe('SessionEnded');
    expect((await refresh(first.refreshToken, { device: first.deviceToken })).__typename).toBe(
      'SessionEnded',
    );
    expect(await withdrawn()).toContain(sessionId);
    expect((await test.mailsTo(member.email)).map(({ subject }) => subject)).toContain(
      'We ended one of your sessions',
    );
    // The thief's own device goes on with its own session.
    expect((await refresh(elsewhere.refreshToken, { device: elsewhere.deviceToken })).__typename).toBe(
      'SessionIssued',
    );
  });

  it('with a device token that was made up ends it as well', async () => {
    const { first } = await begin();
    expect((await refresh(first.refreshToken, { device: 'kd1_made-up' })).__typename).toBe('SessionEnded');
    expect((await refresh(first.refreshToken)).__typename).toBe('SessionEnded');
  });

  it('is raced for by its own device alone: somebody else with it within the grace gets nothing', async () => {
    const { first } = await begin();
    const home = { networkAddress: '192.0.2.7', userAgent: FIREFOX };
    const second = await refresh(first.refreshToken, { from: home });
    expect((await refresh(first.refreshToken, { from: home })).refreshToken).toBe(second.refreshToken);
    // The same device in another network, such as a telephone that leaves the house, says which it is.
    const away = { networkAddress: '198.51.100.9', userAgent: FIREFOX };
    const moved = await refresh(first.refreshToken, { from: away, device: first.deviceToken });
    expect(moved.refreshToken).toBe(second.refreshToken);
    expect((await refresh(first.refreshToken, { from: away })).__typename).toBe('SessionEnded');
    expect((await refresh(second.refreshToken, { from: home })).__typename).toBe('SessionEnded');
  });
});

it('[LOG-03] success, failure, refresh, sign-out and factors stand in the audit log, with device and network, and no secret', async () => {
  const place = await test.organization();
  const member = await test.member({ organizationId: place, roles: ['FRONT_DESK'] });
  const from = { networkAddress: '192.0.2.77', userAgent: FIREFOX };
  const anonymous = test.anonymous(place, from);
  await test.start(anonymous, { email: member.email, password: 'Wrong-Lantern-49-Orchard' });
  const begun = await test.start(anonymous, member);
  await test.answer(anonymous, { flow: begun.flow ?? '', code: '135791' });
  const signedIn = await test.signIn(member, { caller: from });
  const used = await refresh(signedIn.refreshToken, { from: { ...from }, device: signedIn.deviceToken });
  await test.ask({ ...caller(used), ...from }, 'mutation { signOut { endedAt } }');
  const entries = await test.audit(place);
  const actions = entries.map(({ action }) => action);
  for (const action of ['authn_login_fail', 'authn_login_success', 'session_renewed', 'authn_token_revoked'])
    expect(actions).toContain(action);
  const details = (action: string) =>
    (entries.find((entry) => entry.action === action) as unknown as { details: Record<string, string> })
      .details;
  const known = ['authn_login_fail', 'authn_login_success', 'session_renewed', 'authn_token_revoked'].map(
    details,
  );
  // One network, the same keyed hash everywhere; nothing of the address itself.
  expect(new Set(known.map(({ network }) => network)).size).toBe(1);
  // The wrong password and the wrong code, each for itself.
  expect(entries.filter(({ action }) => action === 'authn_login_fail')).toHaveLength(2);
  expect(details('authn_login_success')['deviceId']).toBe(details('session_renewed')['deviceId']);
  const written = JSON.stringify(entries);
  for (const secret of [
    '192.0.2.77',
    member.email,
    member.password,
    'Wrong-Lantern',
    '135791',
    begun.flow,
    signedIn.refreshToken,
    signedIn.deviceToken,
    signedIn.accessToken,
    member.totpSecret,
  ])
    expect(written).not.toContain(secret ?? 'missing');
});

// What a token says of places is what somebody was granted, and no longer than they have it. The hole: a role that was narrowed goes
// on in old tokens, or a request for more power that nobody hears of.
import { randomUUID } from 'node:crypto';
import { openTestIdentity, type Step, type TestIdentity } from '../test-identity.ts';
import { outcome, signedIn, withdrawn } from './people-for-tests.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const ROLES = `mutation ($input: ChangeStaffRolesInput!) { changeStaffRoles(input: $input) { roles } }`;
const REQUEST = `mutation ($input: RequestTimeBoxedRoleInput!) { requestTimeBoxedRole(input: $input) { id state } }`;
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
  ... on SessionIssued { accessToken refreshToken } } }`;

const refresh = (token: string | undefined): Promise<Step> =>
  test.step(test.anonymous(randomUUID(), { organizationId: null }), REFRESH, { token });

it('[identity A36] roles are limited to places, wider again, and each change is felt at once', async () => {
  const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  expect(desk.caller.locations).toBeNull();
  const [north, south] = [randomUUID(), randomUUID()].toSorted();
  const change = async (locationIds: unknown[]) => {
    const input = { id: desk.member.id, roles: ['FRONT_DESK'], locationIds };
    expect(outcome(await test.ask(manager.caller, ROLES, { input }))).toEqual({ roles: ['FRONT_DESK'] });
  };
  await change([south, north]);
  expect((await withdrawn(test)).has(desk.caller.sessionId ?? '')).toBe(true);
  const limited = await refresh(desk.step.refreshToken);
  expect(test.callerFrom(limited).locations).toEqual([north, south]);
  await change([north]);
  const narrower = await refresh(limited.refreshToken);
  expect(test.callerFrom(narrower).locations).toEqual([north]);
  await change([]);
  expect(test.callerFrom(await refresh(narrower.refreshToken)).locations).toBeNull();
});

it('[identity A26] whoever can give a role hears that it is asked for; who asks and why is read after signing in', async () => {
  const managers = [
    await test.member({ organizationId, roles: ['MANAGER'] }),
    await test.member({ organizationId, roles: ['MANAGER'] }),
  ];
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const reason = 'The colleague who refunds is ill today.';
  const ask = async (role: string) =>
    outcome(await test.ask(desk.caller, REQUEST, { input: { role, minutes: 60, reason } }));
  const told = async (email: string) =>
    (await test.mailsTo(email)).filter(({ subject }) => subject === 'Somebody asks for a role for hours');
  expect(await ask('BILLING')).toMatchObject({ state: 'REQUESTED' });
  for (const { email } of managers) {
    const mails = await told(email);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).not.toContain(reason);
  }
  expect(await told(desk.member.email)).toEqual([]);
  // Who watches over the business is chosen by whoever does: managers hear of it while there is nobody, and then no more.
  const officer = await test.member({ organizationId, roles: ['COMPLIANCE'] });
  await ask('COMPLIANCE');
  expect(await told(officer.email)).toHaveLength(1);
  expect(await told(managers[0]?.email ?? '')).toHaveLength(1);
});

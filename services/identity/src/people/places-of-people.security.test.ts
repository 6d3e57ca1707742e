// Whoever manages one branch looks after its people, and nobody else. The hole: a manager of one place who invites, widens or takes
// over somebody who may do everything everywhere, makes a program that may, or rules over the whole business.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';
import { constraintOf, INVITE, newEmail, outcome, PROGRAM, rowsOf, signedIn } from './people-for-tests.ts';

let test: TestIdentity;
let organizationId: string;
let owner: Awaited<ReturnType<typeof signedIn>>;
let branch: Awaited<ReturnType<typeof signedIn>>;
const north = randomUUID();
const south = randomUUID();
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
  owner = await signedIn(test, { organizationId, roles: ['MANAGER'] });
  branch = await signedIn(test, { organizationId, roles: ['MANAGER'] });
  await place(branch.member.id, ['MANAGER'], [north]);
  const again = await test.signIn(branch.member);
  branch = { ...branch, caller: test.callerFrom(again) };
});
afterAll(() => test.stop());

const ROLES = `mutation ($input: ChangeStaffRolesInput!) { changeStaffRoles(input: $input) { roles grants { locationId } } }`;
const SUSPEND = 'mutation ($id: ID!) { suspendStaff(id: $id, because: LEAVE) { state } }';
const change = (
  by: Caller,
  id: string,
  [roles, locationIds]: readonly [readonly string[], readonly string[]],
) => test.ask(by, ROLES, { input: { id, roles, locationIds } }).then(outcome);
const place = async (id: string, roles: readonly string[], at: readonly string[]) =>
  expect(await change(owner.caller, id, [roles, at])).toMatchObject({ roles });

async function member(role: 'FRONT_DESK' | 'MANAGER' | 'COMPLIANCE', at?: string) {
  const person = await test.member({ organizationId, roles: [role] });
  if (at !== undefined) await place(person.id, [role], [at]);
  return person;
}

it('[identity A26] a manager of one place gives nobody more than that place, and no program anything', async () => {
  expect(branch.caller.locations).toEqual([north]);
  const invite = (locationIds: string[]) =>
    test
      .ask(branch.caller, INVITE, { input: { email: newEmail(), roles: ['MANAGER'], locationIds } })
      .then(outcome);
  for (const beyond of [[], [south], [north, south]])
    expect(await invite(beyond)).toMatch(/^BAD_INPUT: Name places/);
  expect(await invite([north])).toMatchObject({ roles: ['MANAGER'] });
  const desk = await member('FRONT_DESK', north);
  for (const beyond of [[], [south], [north, south]])
    expect(await change(branch.caller, desk.id, [['FRONT_DESK'], beyond])).toMatch(/^BAD_INPUT: Name places/);
  expect(await change(branch.caller, desk.id, [['BILLING'], [north]])).toMatchObject({ roles: ['BILLING'] });
  const program = { name: 'Export', roles: ['BILLING'], ownerId: branch.member.id };
  expect(await test.ask(branch.caller, PROGRAM, { input: program }).then(outcome)).toMatch(/^UNAUTHORIZED/);
});

it('[identity A44] people of other places, of several and of everywhere do not exist for them, whatever is asked', async () => {
  const mine = await member('FRONT_DESK', north);
  const strangers = [owner.member, await member('FRONT_DESK', south), await member('FRONT_DESK')];
  const both = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  await place(both.id, ['FRONT_DESK'], [north, south]);
  for (const { id } of [...strangers, both]) {
    expect(await change(branch.caller, id, [['FRONT_DESK'], [north]])).toMatch(/^NOT_FOUND/);
    for (const query of [
      SUSPEND,
      'mutation ($id: ID!) { reinstateStaff(id: $id) { state } }',
      'query ($id: ID!) { staffSessions(accountId: $id) { id } }',
      `mutation ($id: ID!) { endStaffSession(input: { accountId: $id, sessionId: "${randomUUID()}" }) { endedAt } }`,
      'mutation ($id: ID!) { staffFactorsRemove(input: { id: $id, reason: "A lost telephone." }) { removedAt } }',
    ])
      expect([query, await test.ask(branch.caller, query, { id }).then(outcome)]).toEqual([
        query,
        expect.stringMatching(/^NOT_FOUND/),
      ]);
  }
  const STAFF = '{ staffAccounts(first: 100) { accounts { id } } }';
  const seen = JSON.stringify(await test.ask(branch.caller, STAFF).then(outcome));
  expect(seen).toContain(mine.id);
  for (const { id } of [...strangers, both]) expect(seen).not.toContain(id);
  const invited = outcome(
    await test.ask(owner.caller, INVITE, { input: { email: newEmail(), roles: ['BILLING'] } }),
  ) as { id: string };
  expect(
    JSON.stringify(await test.ask(branch.caller, '{ staffInvitations { id } }').then(outcome)),
  ).not.toContain(invited.id);
  const WITHDRAW = 'mutation ($id: ID!) { withdrawInvitation(id: $id) { id } }';
  expect(await test.ask(branch.caller, WITHDRAW, invited).then(outcome)).toMatch(/^NOT_FOUND/);
  expect(await test.ask(branch.caller, SUSPEND, { id: mine.id }).then(outcome)).toEqual({
    state: 'SUSPENDED',
  });
});

it('[identity A44] what holds for the whole business is closed to them, and open again without the limit', async () => {
  const asked = [
    'mutation { setDormancyPolicy(noticeAfterDays: 30, suspendAfterDays: 60) { __typename } }',
    '{ riskPolicy { version } }',
    '{ networkRules { id } }',
    '{ securityAlerts(first: 1) { id } }',
  ];
  for (const query of asked) {
    expect(await test.ask(branch.caller, query).then(outcome)).toMatch(/^UNAUTHORIZED_FIELD_OR_TYPE/);
    expect(
      (await test.ask({ ...branch.caller, locations: null }, query)).errors[0]?.extensions?.code,
    ).not.toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  }
});

it('[identity A26] the last manager of the whole is not limited, nobody limits who watches, and a role is moved by whoever gives it', async () => {
  const elsewhere = await test.organization();
  const [one, watcher] = [
    await signedIn(test, { organizationId: elsewhere, roles: ['MANAGER'] }),
    await signedIn(test, { organizationId: elsewhere, roles: ['COMPLIANCE'] }),
  ];
  const two = await test.member({ organizationId: elsewhere, roles: ['MANAGER'] });
  expect(await change(watcher.caller, two.id, [['MANAGER'], [north]])).toMatch(/^BAD_INPUT: A manager gives/);
  expect(await change(one.caller, watcher.member.id, [['COMPLIANCE'], [north]])).toMatch(/^BAD_INPUT/);
  const grant = (accountId: string, role: string) =>
    [
      `INSERT INTO role_grant (id, organization_id, account_id, role, location_id, granted_by, granted_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      randomUUID(),
      elsewhere,
      accountId,
      role,
      north,
      randomUUID(),
      test.clock(),
    ] as const;
  const written = (id: string, role: string) => constraintOf(rowsOf(test, elsewhere, grant(id, role)));
  expect(await written(watcher.member.id, 'COMPLIANCE')).toBe('compliance_is_of_the_whole');
  expect(await change(one.caller, two.id, [['MANAGER'], [north]])).toMatchObject({ roles: ['MANAGER'] });
  expect(await written(one.member.id, 'MANAGER')).toBe('one_manager_remains');
  // Nor by somebody else's leave: the other manager is one of a place.
  const leave = rowsOf(test, elsewhere, [
    "UPDATE account SET state = 'SUSPENDED' WHERE id = $1",
    one.member.id,
  ]);
  expect(await constraintOf(leave)).toBe('one_manager_remains');
});

it('whoever is given the same places again is told of again, for those who did not listen at the time', async () => {
  const desk = await member('FRONT_DESK', north);
  const told = () =>
    rowsOf(test, organizationId, [
      `SELECT payload->'locationIds' AS places FROM outbox WHERE name = 'staff.placed' AND payload->>'staffMemberId' = $1`,
      desk.id,
    ]);
  expect(await told()).toEqual([{ places: [north] }]);
  await place(desk.id, ['FRONT_DESK'], [north]);
  expect(await told()).toEqual([{ places: [north] }, { places: [north] }]);
});

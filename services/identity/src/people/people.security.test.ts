// The holes: a desk with an account that nobody is (LAW-35); whoever accepts an invitation choosing what they may do, or
// inviters giving more than they have (A26); roles that should have ended, and people who approve themselves (A51).
import { randomUUID } from 'node:crypto';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';
import { onReviewDecided, readAccessSnapshot } from './access-review/on-review-decided.ts';
import { isPersonName, isSharedAddress } from './natural-person.ts';
import {
  ACCEPT,
  claimsOf,
  constraintOf,
  INVITE,
  invitationFor,
  newEmail,
  outcome,
  rowsOf,
  signedIn,
  withdrawn,
} from './people-for-tests.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const DAY_MS = 24 * 3_600_000;
const ROLES = `mutation ($input: ChangeStaffRolesInput!) { changeStaffRoles(input: $input) { roles grants { role grantedBy { id } } } }`;
const inOrganization = <Row>(organizationId: string, sql: string, values: unknown[] = []): Promise<Row[]> =>
  rowsOf<Row>(test, organizationId, [sql, ...values]);

describe('an invitation', () => {
  it('[LAW-35] is to one natural person: names and addresses of desks and groups are refused, people’s are not', async () => {
    for (const name of [
      'Reception',
      'Front Desk',
      'The Team',
      'Équipe Lyon',
      'Empfang 2',
      'Anna & Ben',
      'admin',
      '…',
    ])
      expect([name, isPersonName(name)]).toEqual([name, false]);
    for (const name of [
      'Ana Sales',
      'Zoë أحمد',
      'Suharto',
      '山田 太郎',
      "Aoife O'Neill",
      'José Ortega y Gasset',
    ])
      expect([name, isPersonName(name)]).toEqual([name, true]);
    for (const local of [
      'info',
      'office',
      'reception',
      'front.desk',
      'team1',
      'Empfang'.toLowerCase(),
      'info+ada',
      'accueil',
    ])
      expect([local, isSharedAddress(`${local}@example.org`)]).toEqual([local, true]);
    for (const local of ['ada', 'a.lovelace', 'info.ada', 'sales-ana', 'ada+info'])
      expect([local, isSharedAddress(`${local}@example.org`)]).toEqual([local, false]);
    const organizationId = await test.organization();
    const { caller } = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const shared = await test.ask(caller, INVITE, {
      input: { email: 'Info@Example.org', roles: ['PROVIDER'] },
    });
    expect(outcome(shared)).toContain('one person alone reads');
    const email = newEmail();
    await test.ask(caller, INVITE, { input: { email, roles: ['FRONT_DESK'] } });
    const token = await invitationFor(test, email);
    const desk = await test.ask(test.anonymous(organizationId), ACCEPT, {
      input: { token, displayName: 'Reception', password: PASSWORD },
    });
    expect(outcome(desk)).toContain('the name of one person');
  });

  it('[identity A26] gives what was written down, once, and nothing that whoever accepts or invites would add', async () => {
    const organizationId = await test.organization();
    const { caller, member } = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    await test.member({ organizationId, roles: ['COMPLIANCE'], totpSecret: undefined });
    const email = newEmail();
    const raised = await test.ask(caller, INVITE, { input: { email, roles: ['COMPLIANCE'] } });
    expect(outcome(raised)).toContain('COMPLIANCE is given and taken by somebody who has it');
    // Nor while whoever watches is suspended, which a manager can do by themselves.
    await inOrganization(
      organizationId,
      "UPDATE account SET state = 'SUSPENDED', suspended_because = 'OTHER' WHERE roles = '{COMPLIANCE}'",
    );
    const meanwhile = await test.ask(caller, INVITE, { input: { email, roles: ['COMPLIANCE'] } });
    expect(outcome(meanwhile)).toContain('COMPLIANCE is given and taken by somebody who has it');
    const invited = outcome(
      await test.ask(caller, INVITE, { input: { email: email.toUpperCase(), roles: ['PROVIDER'] } }),
    ) as { id: string };
    expect(invited).toMatchObject({ email, roles: ['PROVIDER'], invitedBy: { id: member.id } });
    const again = await test.ask(caller, INVITE, { input: { email, roles: ['PROVIDER'] } });
    expect(outcome(again)).toContain('has this address');
    const first = await invitationFor(test, email);
    await test.ask(caller, 'mutation ($id: ID!) { resendInvitation(id: $id) { id } }', { id: invited.id });
    const token = await invitationFor(test, email);
    expect(token).not.toBe(first);
    const anonymous = test.anonymous(organizationId);
    const accept = (input: Record<string, unknown>) =>
      test.ask(anonymous, ACCEPT, { input: { displayName: 'Ada Lovelace', password: PASSWORD, ...input } });
    for (const more of [{ roles: ['MANAGER'] }, { emailVerified: true }, { kind: 'STAFF' }]) {
      const { errors } = await accept({ token, ...more });
      expect(errors[0]?.message).toContain(`"${Object.keys(more)[0]}" is not known here`);
    }
    expect(outcome(await accept({ token: first }))).toMatchObject({ __typename: 'InvitationRefused' });
    expect(outcome(await accept({ token: `${token.slice(0, -2)}AA` }))).toMatchObject({
      __typename: 'InvitationRefused',
    });
    // Two at once: one of them comes in.
    const both = await Promise.all([accept({ token }), accept({ token })]);
    expect(both.map((one) => (outcome(one) as { __typename: string }).__typename).toSorted()).toEqual([
      'InvitationAccepted',
      'InvitationRefused',
    ]);
    const step = await test.start(anonymous, { email, password: PASSWORD });
    expect(step.__typename).toBe('EnrollmentRequired');
    const grants = await inOrganization<{ role: string; granted_by: string }>(
      organizationId,
      'SELECT g.role, g.granted_by FROM role_grant g JOIN staff_invitation i ON i.account_id = g.account_id WHERE i.id = $1',
      [invited.id],
    );
    expect(grants).toEqual([{ role: 'PROVIDER', granted_by: member.id }]);
  });

  it('is void once it is withdrawn or a week old, and a role of hours invites nobody', async () => {
    const organizationId = await test.organization();
    const { caller } = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const [withdrawnOne, oldOne] = [newEmail(), newEmail()];
    const { id } = outcome(
      await test.ask(caller, INVITE, { input: { email: withdrawnOne, roles: ['BILLING'] } }),
    ) as { id: string };
    await test.ask(caller, INVITE, { input: { email: oldOne, roles: ['BILLING'] } });
    const tokens = [await invitationFor(test, withdrawnOne), await invitationFor(test, oldOne)];
    await test.ask(caller, 'mutation ($id: ID!) { withdrawInvitation(id: $id) { id } }', { id });
    const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
    const raised = { ...desk.caller, roles: ['FRONT_DESK', 'MANAGER'] as const };
    const byHours = await test.ask(raised, INVITE, { input: { email: newEmail(), roles: ['MANAGER'] } });
    expect(outcome(byHours)).toContain('UNAUTHORIZED');
    test.clock.advance(7 * DAY_MS + 1_000);
    for (const token of tokens) {
      const answer = await test.ask(test.anonymous(organizationId), ACCEPT, {
        input: { token, displayName: 'Ada Lovelace', password: PASSWORD },
      });
      expect(outcome(answer)).toMatchObject({ __typename: 'InvitationRefused' });
    }
  });
});

describe('roles', () => {
  it('nobody changes their own, the last manager stays, and two who remove each other at once leave one', async () => {
    const organizationId = await test.organization();
    const [one, other] = [
      await signedIn(test, { organizationId, roles: ['MANAGER'] }),
      await signedIn(test, { organizationId, roles: ['MANAGER'] }),
    ];
    const set = (by: typeof one, of: typeof one, roles: string[]) =>
      test.ask(by.caller, ROLES, { input: { id: of.member.id, roles } });
    expect(outcome(await set(one, one, ['MANAGER', 'BILLING']))).toContain('Somebody else changes');
    const answers = await Promise.all([set(one, other, ['BILLING']), set(other, one, ['BILLING'])]);
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    const left = await inOrganization(organizationId, "SELECT FROM account WHERE 'MANAGER' = ANY (roles)");
    expect(left).toHaveLength(1);
    expect(
      await constraintOf(
        inOrganization(organizationId, "UPDATE account SET roles = '{BILLING}', state = 'SUSPENDED'"),
      ),
    ).toBe('one_manager_remains');
  });

  it('[identity A51] of hours need somebody else’s word, stand in no token past their end, and can be taken back at once', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
    const REQUEST = `mutation ($input: RequestTimeBoxedRoleInput!) { requestTimeBoxedRole(input: $input) { id state } }`;
    const DECIDE = `mutation ($id: ID!) { decideTimeBoxedRole(id: $id, approve: true) { state until } }`;
    const ask = async (minutes: number, by = desk) =>
      outcome(
        await test.ask(by.caller, REQUEST, {
          input: { role: 'BILLING', minutes, reason: 'Month end, Ben is away.' },
        }),
      ) as { id: string };
    expect(await ask(481)).toContain('5 to 480 minutes');
    const own = await ask(10, manager);
    expect(outcome(await test.ask(manager.caller, DECIDE, { id: own.id }))).toContain(
      'Somebody else decides',
    );
    expect(
      await constraintOf(
        inOrganization(
          organizationId,
          `UPDATE time_boxed_role SET state = 'APPROVED', decided_by = account_id, decided_at = now(), until = now() WHERE id = $1`,
          [own.id],
        ),
      ),
    ).toBe('nobody_approves_their_own_role');
    const { id } = await ask(5);
    await test.ask(manager.caller, DECIDE, { id });
    // Signed in three minutes after: the token holds both roles, and ends with the one of hours.
    test.clock.advance(3 * 60_000);
    const step = await test.signIn(desk.member);
    const { roles, exp } = claimsOf(step.accessToken ?? '');
    expect(roles).toEqual(['FRONT_DESK', 'BILLING']);
    const [row] = await inOrganization<{ until: Date }>(
      organizationId,
      'SELECT until FROM time_boxed_role WHERE id = $1',
      [id],
    );
    expect(exp).toBe((row?.until.getTime() ?? 0) / 1000);
    test.clock.advance(2 * 60_000);
    const later = await test.signIn(desk.member);
    expect(claimsOf(later.accessToken ?? '').roles).toEqual(['FRONT_DESK']);
    // Taken back before its time: the tokens that name it are withdrawn.
    const manager2 = await test.signIn(manager.member);
    const second = await ask(60, { ...desk, caller: test.callerFrom(later) });
    await test.ask(test.callerFrom(manager2), DECIDE, { id: second.id });
    const third = await test.signIn(desk.member);
    await test.ask(
      test.callerFrom(manager2),
      'mutation ($id: ID!) { endTimeBoxedRole(id: $id) { endedAt } }',
      {
        id: second.id,
      },
    );
    expect(await withdrawn(test)).toContain(claimsOf(third.accessToken ?? '').sid);
  });

  it('[identity A51] a review takes what it revokes at once; nobody’s word about themselves counts', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const staff = await signedIn(test, { organizationId, roles: ['PROVIDER', 'BILLING'] });
    const decide = (
      decision: 'REVOKE' | 'EXPIRED',
      of: { by: string | null; roles: string[]; on?: string },
    ) =>
      test.databases.database.transaction(organizationId, (tx) =>
        onReviewDecided(tx, {
          id: randomUUID(),
          name: 'access.review_decided',
          organizationId,
          publisher: 'compliance',
          occurredAt: test.clock(),
          receivedAt: test.clock(),
          payload: {
            reviewId: randomUUID(),
            staffMemberId: of.on ?? staff.member.id,
            decidedBy: of.by,
            decision,
            roles: of.roles,
          },
        }),
      );
    const snapshot = async () =>
      (await test.databases.database.transaction(organizationId, readAccessSnapshot))
        .filter(({ accountId, state }) => accountId === staff.member.id && state === 'ACTIVE')
        .map(({ role }) => role);
    await decide('REVOKE', { by: staff.member.id, roles: ['BILLING'] });
    expect(await snapshot()).toEqual(['BILLING', 'PROVIDER']);
    await decide('REVOKE', { by: manager.member.id, roles: ['BILLING'] });
    expect(await snapshot()).toEqual(['PROVIDER']);
    expect(await withdrawn(test)).toContain(staff.caller.sessionId);
    await decide('EXPIRED', { by: null, roles: ['PROVIDER'] });
    expect(await snapshot()).toEqual([]);
    expect((await test.signIn(staff.member)).code).toBe('BAD_CREDENTIALS');
    await decide('REVOKE', { by: staff.member.id, roles: ['MANAGER'], on: manager.member.id });
    expect((await test.signIn(manager.member)).__typename).toBe('SessionIssued');
  });
});

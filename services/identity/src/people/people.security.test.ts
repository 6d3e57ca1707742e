// The holes: a desk with an account that nobody is (LAW-35); whoever accepts an invitation choosing what they may do, or
// inviters giving more than they have (A26); somebody who left, or a program of theirs, coming back by one of the many things
// they held (ACC-05, LAW-31); a vendor who stays (ACC-07); accounts that nobody uses, roles that should have ended, people who
// approve themselves (ACC-11, A51).
import { createHash, randomUUID } from 'node:crypto';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';
import { onReviewDecided, readAccessSnapshot } from './access-review/on-review-decided.ts';
import { closeDormantAccounts } from './dormant/close-dormant.job.ts';
import { isPersonName, isSharedAddress } from './natural-person.ts';
import { onOffboardingAnswered } from './offboarding/note-answer.ts';
import { runDueOffboardings } from './offboarding/run-offboardings.job.ts';
import { ACCEPT, INVITE, invitationFor, newEmail, outcome, signedIn, withdrawn } from './people-for-tests.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
}, 60_000);
afterAll(() => test.stop());

const DAY_MS = 24 * 3_600_000;
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename } }`;
const ROLES = `mutation ($input: ChangeStaffRolesInput!) { changeStaffRoles(input: $input) { roles grants { role grantedBy { id } } } }`;
const OFFBOARD = `mutation ($input: OffboardStaffInput!) { offboardStaff(input: $input) { id state answers { service } } }`;
const OFFBOARDINGS = `{ offboardings { id state answers { service counts { what count } } certificate { text sha256 } } }`;
const PROGRAM = `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id serviceName roles } }`;
const KEY = `mutation ($input: CreateServiceKeyInput!) { createServiceKey(input: $input) { secret key { id prefix } } }`;
const EXCHANGE = `mutation ($key: String!) { serviceTokenIssue(key: $key) { __typename ... on ServiceTokenIssued { accessToken } } }`;

const inOrganization = <Row>(organizationId: string, sql: string, values: unknown[] = []): Promise<Row[]> =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql, values));
const constraintOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { constraint?: string; driverError?: { constraint?: string } }) =>
      error.constraint ?? error.driverError?.constraint,
  );
const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    sid: string;
    kind: string;
    roles: string[];
    exp: number;
    sf: boolean;
  };

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

  it('identity A26: gives what was written down, once, and nothing that whoever accepts or invites would add', async () => {
    const organizationId = await test.organization();
    const { caller, member } = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    await test.member({ organizationId, roles: ['COMPLIANCE'], totpSecret: undefined });
    const email = newEmail();
    const raised = await test.ask(caller, INVITE, { input: { email, roles: ['COMPLIANCE'] } });
    expect(outcome(raised)).toContain('COMPLIANCE is given and taken by somebody who has it');
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

  it('identity A51: of hours need somebody else’s word, stand in no token past their end, and can be taken back at once', async () => {
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

  it('identity A51: a review takes what it revokes at once; nobody’s word about themselves counts', async () => {
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

describe('an end of access', () => {
  it('[ACC-05] [LAW-31] of somebody who leaves: every token they held is refused afterwards, and a certificate counts them', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const leaver = await signedIn(test, { organizationId, roles: ['MANAGER', 'PROVIDER'] });
    const invited = newEmail();
    await test.ask(leaver.caller, INVITE, { input: { email: invited, roles: ['PROVIDER'] } });
    const invitation = await invitationFor(test, invited);
    const program = outcome(
      await test.ask(manager.caller, PROGRAM, {
        input: { name: 'Ledger export', ownerId: leaver.member.id, roles: ['BILLING'] },
      }),
    ) as { id: string };
    const { secret } = outcome(
      await test.ask(manager.caller, KEY, { input: { serviceAccountId: program.id } }),
    ) as { secret: string };
    const exchanged = outcome(await test.ask(test.anonymous(organizationId), EXCHANGE, { key: secret })) as {
      accessToken: string;
    };
    const underWay = await test.start(test.anonymous(organizationId), leaver.member);
    const own = await test.ask(leaver.caller, OFFBOARD, {
      input: { staffMemberId: leaver.member.id, reason: 'I go by myself.' },
    });
    expect(outcome(own)).toContain('Somebody else offboards you');
    const input = { staffMemberId: leaver.member.id, reason: 'Contract ends today.' };
    const { id } = outcome(await test.ask(manager.caller, OFFBOARD, { input })) as { id: string };
    expect(outcome(await test.ask(manager.caller, OFFBOARD, { input }))).toMatchObject({
      id,
      state: 'ENDING',
    });

    // One after the other, everything they held.
    expect(await withdrawn(test)).toContain(leaver.caller.sessionId);
    expect(await withdrawn(test)).toContain(claimsOf(exchanged.accessToken).sid);
    const act = await test.ask(leaver.caller, INVITE, { input: { email: newEmail(), roles: ['PROVIDER'] } });
    expect(outcome(act)).toContain('UNAUTHENTICATED');
    const anonymous = test.anonymous(organizationId);
    expect(outcome(await test.ask(anonymous, REFRESH, { token: leaver.step.refreshToken }))).toEqual({
      __typename: 'SessionEnded',
    });
    const { deviceToken = '' } = leaver.step;
    expect((await test.start(anonymous, { ...leaver.member, deviceToken })).code).toBe('BAD_CREDENTIALS');
    test.clock.advance(30_000);
    const code = test.codeOf(leaver.member.totpSecret);
    const answered = await test.answer(anonymous, { flow: underWay.flow ?? '', code });
    expect(answered.__typename).toBe('SignInRejected');
    const accepted = await test.ask(anonymous, ACCEPT, {
      input: { token: invitation, displayName: 'Ada Lovelace', password: PASSWORD },
    });
    expect(outcome(accepted)).toMatchObject({ __typename: 'InvitationRefused' });
    expect(outcome(await test.ask(anonymous, EXCHANGE, { key: secret }))).toEqual({
      __typename: 'ServiceKeyRefused',
    });

    // Complete when every service has answered, with a certificate whose hash is in the audit log.
    const [published] = await inOrganization<{ payload: unknown }>(
      organizationId,
      "SELECT payload FROM outbox WHERE name = 'staff.offboarded'",
    );
    expect(published?.payload).toEqual({ staffMemberId: leaver.member.id, offboardingId: id });
    for (const publisher of ['scheduling', 'payments', 'compliance', 'scheduling'] as const)
      await test.databases.database.transaction(organizationId, (tx) =>
        onOffboardingAnswered(tx, {
          id: randomUUID(),
          name: 'offboarding.answered',
          organizationId,
          publisher,
          occurredAt: test.clock(),
          receivedAt: test.clock(),
          payload: { staffMemberId: leaver.member.id, offboardingId: id, counts: { calendarFeeds: 2 } },
        }),
      );
    const [done] = outcome(await test.ask(manager.caller, OFFBOARDINGS)) as [
      {
        state: string;
        answers: { service: string; counts: { what: string; count: number }[] }[];
        certificate: { text: string; sha256: string };
      },
    ];
    expect(done.state).toBe('COMPLETE');
    const counts = Object.fromEntries(
      done.answers
        .find(({ service }) => service === 'identity')
        ?.counts.map(({ what, count }) => [what, count]) ?? [],
    );
    expect(counts).toMatchObject({
      sessions: 1,
      devices: 1,
      invitations: 1,
      serviceKeys: 1,
      signInsUnderWay: 1,
      roles: 2,
      servicesWithoutOwner: 1,
    });
    const certificate = JSON.parse(done.certificate.text) as {
      beganAt: string;
      completedAt: string;
      ended: { service: string }[];
    };
    expect(certificate.ended.map(({ service }) => service)).toEqual([
      'identity',
      'scheduling',
      'payments',
      'compliance',
    ]);
    expect(Date.parse(certificate.completedAt) - Date.parse(certificate.beganAt)).toBeLessThanOrEqual(60_000);
    expect(done.certificate.sha256).toBe(createHash('sha256').update(done.certificate.text).digest('hex'));
    const log = (await test.audit(organizationId)) as { action: string; details?: Record<string, string> }[];
    expect(log.find(({ action }) => action === 'offboarding_completed')?.details?.['sha256']).toBe(
      done.certificate.sha256,
    );
  });

  it('[ACC-05] begins at its time when one is given, and can be called off until then', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const leaver = await test.member({ organizationId, roles: ['PROVIDER'] });
    const at = new Date(test.clock().getTime() + DAY_MS).toISOString();
    const input = { staffMemberId: leaver.id, reason: 'Contract ends tomorrow.', at };
    const plan = async () =>
      outcome(await test.ask(manager.caller, OFFBOARD, { input })) as { id: string; state: string };
    const first = await plan();
    expect(first.state).toBe('SCHEDULED');
    await test.ask(manager.caller, 'mutation ($id: ID!) { cancelOffboarding(id: $id) { state } }', {
      id: first.id,
    });
    const second = await plan();
    await runDueOffboardings(test.identity);
    expect((await test.signIn(leaver)).__typename).toBe('SessionIssued');
    test.clock.advance(DAY_MS);
    await Promise.all([runDueOffboardings(test.identity), runDueOffboardings(test.identity)]);
    expect((await test.signIn(leaver)).code).toBe('BAD_CREDENTIALS');
    const states = await inOrganization<{ id: string; state: string }>(
      organizationId,
      'SELECT id, state FROM offboarding',
    );
    expect(new Map(states.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [first.id, 'CANCELLED'],
        [second.id, 'ENDING'],
      ]),
    );
  });

  it('[ACC-07] of a vendor: needs sponsor, end and agreement, comes at once, and the log says VENDOR', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const vendor = await test.member({ organizationId, roles: ['BILLING'] });
    const TERMS = `mutation ($id: ID!, $terms: VendorTermsInput!) { setVendorTerms(id: $id, terms: $terms) { employment endsAt } }`;
    expect(
      await constraintOf(
        inOrganization(organizationId, "UPDATE account SET employment = 'VENDOR' WHERE id = $1", [vendor.id]),
      ),
    ).toBe('vendors_have_a_sponsor_an_end_and_an_agreement');
    const endsAt = new Date(test.clock().getTime() + 3 * 60_000).toISOString();
    const terms = { sponsorId: manager.member.id, endsAt, dpaReference: 'DPA-2027-014' };
    const wrong = { ...terms, sponsorId: vendor.id };
    expect(outcome(await test.ask(manager.caller, TERMS, { id: vendor.id, terms: wrong }))).toContain(
      'sponsor',
    );
    expect(outcome(await test.ask(manager.caller, TERMS, { id: vendor.id, terms }))).toMatchObject({
      employment: 'VENDOR',
    });
    const step = await test.signIn(vendor);
    const claims = claimsOf(step.accessToken ?? '');
    expect(claims.exp).toBe(Math.floor(Date.parse(endsAt) / 1000));
    expect(claims).toMatchObject({ vnd: true });
    const caller = { ...test.callerFrom(step), vendor: true };
    await test.ask(caller, 'mutation { signOutEverywhere { endedAt } }');
    const log = (await test.audit(organizationId)) as unknown as { actor: { kind: string; id: string } }[];
    expect(log.filter(({ actor }) => actor.id === vendor.id).map(({ actor }) => actor.kind)).toContain(
      'VENDOR',
    );
    const next = await test.signIn(vendor);
    test.clock.advance(3 * 60_000);
    const refreshed = await test.ask(test.anonymous(organizationId), REFRESH, { token: next.refreshToken });
    expect(outcome(refreshed)).toEqual({ __typename: 'SessionEnded' });
    expect((await test.signIn(vendor)).code).toBe('BAD_CREDENTIALS');
  });

  it('[ACC-11] identity A51: of an account nobody uses, person’s or program’s: told once, closed a month later', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const idle = await test.member({ organizationId, roles: ['PROVIDER'] });
    const busy = await test.member({ organizationId, roles: ['BILLING'] });
    const program = outcome(
      await test.ask(manager.caller, PROGRAM, {
        input: { name: 'Old export', ownerId: busy.id, roles: ['BILLING'] },
      }),
    ) as { id: string };
    const { secret } = outcome(
      await test.ask(manager.caller, KEY, { input: { serviceAccountId: program.id, days: 365 } }),
    ) as { secret: string };
    test.clock.advance(30 * DAY_MS);
    await test.signIn(busy);
    await test.signIn(manager.member);
    await Promise.all([closeDormantAccounts(test.identity), closeDormantAccounts(test.identity)]);
    await closeDormantAccounts(test.identity);
    const told = async (email: string) =>
      (await test.mailsTo(email)).filter(({ subject }) => /not used for long/.test(subject)).length;
    expect([await told(idle.email), await told(busy.email), await told(manager.member.email)]).toEqual([
      1, 1, 0,
    ]);
    test.clock.advance(30 * DAY_MS);
    const step = await test.signIn(manager.member);
    await test.signIn(busy);
    await closeDormantAccounts(test.identity);
    const listed = outcome(
      await test.ask(test.callerFrom(step), '{ dormantAccounts { id state suspendedBecause } }'),
    ) as { id: string }[];
    expect(listed).toEqual(
      [idle.id, program.id].toSorted().map((id) => ({ id, state: 'SUSPENDED', suspendedBecause: 'DORMANT' })),
    );
    expect((await test.signIn(idle)).code).toBe('BAD_CREDENTIALS');
    const refused = await test.ask(test.anonymous(organizationId), EXCHANGE, { key: secret });
    expect(outcome(refused)).toEqual({ __typename: 'ServiceKeyRefused' });
    // Whoever comes back is let in by somebody, and counts anew from then on.
    const REINSTATE = 'mutation ($id: ID!) { reinstateStaff(id: $id) { state } }';
    expect(outcome(await test.ask(test.callerFrom(step), REINSTATE, { id: idle.id }))).toEqual({
      state: 'ACTIVE',
    });
    await closeDormantAccounts(test.identity);
    expect((await test.signIn(idle)).__typename).toBe('SessionIssued');
  });
});

describe('a program', () => {
  it('has its roles and a token of five minutes, from its networks alone, and is never a person', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const make = (roles: string[]) =>
      test.ask(manager.caller, PROGRAM, { input: { name: 'Front gate', ownerId: manager.member.id, roles } });
    expect(outcome(await make(['MANAGER']))).toContain('A program is neither');
    const { id } = outcome(await make(['BILLING'])) as { id: string };
    const key = async (networks: string[]) =>
      outcome(await test.ask(manager.caller, KEY, { input: { serviceAccountId: id, networks } })) as {
        secret: string;
        key: { id: string; prefix: string };
      };
    const first = await key(['203.0.113.0/24']);
    const from = (networkAddress: string) => test.anonymous(organizationId, { networkAddress });
    const issue = async (secret: string, address = '203.0.113.9') =>
      outcome(await test.ask(from(address), EXCHANGE, { key: secret })) as {
        __typename: string;
        accessToken: string;
      };
    const issued = await issue(first.secret);
    const claims = claimsOf(issued.accessToken);
    expect(claims).toMatchObject({ kind: 'SERVICE', roles: ['BILLING'], sf: false });
    expect(claims.exp).toBe(test.clock().getTime() / 1000 + 300);
    expect((await issue(first.secret, '198.51.100.1')).__typename).toBe('ServiceKeyRefused');
    expect((await issue(`${first.secret.slice(0, -3)}AAA`)).__typename).toBe('ServiceKeyRefused');
    const program = test.callerFrom({ __typename: '', accessToken: issued.accessToken });
    const acting = await test.ask(program, INVITE, { input: { email: newEmail(), roles: ['PROVIDER'] } });
    expect(outcome(acting)).toContain('UNAUTHORIZED');
    // Nothing in the database opens anything, and rotation overlaps: two are good, a third is not made.
    const stored = await inOrganization(
      organizationId,
      'SELECT row_to_json(service_key) AS row FROM service_key',
    );
    expect(JSON.stringify(stored)).not.toContain(first.secret.slice(30));
    const second = await key([]);
    expect((await issue(first.secret)).__typename).toBe('ServiceTokenIssued');
    expect((await issue(second.secret, '198.51.100.1')).__typename).toBe('ServiceTokenIssued');
    expect(await key([])).toContain('Two keys');
    await test.ask(manager.caller, 'mutation ($id: ID!) { revokeServiceKey(id: $id) { revokedAt } }', {
      id: first.key.id,
    });
    expect(await withdrawn(test)).toContain(claims.sid);
    expect((await issue(first.secret)).__typename).toBe('ServiceKeyRefused');
    for (const [sql, constraint] of [
      ["UPDATE account SET roles = '{MANAGER}' WHERE id = $1", 'programs_neither_manage_nor_oversee'],
      [
        "UPDATE session SET second_factor = true, assurance = 'STRONG' WHERE account_id = $1",
        'sessions_of_services_are_never_interactive',
      ],
      [
        'UPDATE service_key SET revoked_at = NULL WHERE account_id = $1 AND revoked_at IS NOT NULL',
        'service_key_only_ends',
      ],
    ] as const)
      expect(await constraintOf(inOrganization(organizationId, sql, [id]))).toBe(constraint);
  });
});

// The holes: somebody who left, or a program of theirs, coming back by one of the many things they held (ACC-05, LAW-31); a
// vendor who stays (ACC-07); accounts that nobody uses (ACC-11, A51).
import { createHash } from 'node:crypto';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';
import { closeDormantAccounts } from './dormant/close-dormant.job.ts';
import { runDueOffboardings } from './offboarding/run-offboardings.job.ts';
import {
  ACCEPT,
  answerOffboarding,
  claimsOf,
  constraintOf,
  EXCHANGE,
  INVITE,
  invitationFor,
  KEY,
  newEmail,
  outcome,
  PROGRAM,
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
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename } }`;
const OFFBOARD = `mutation ($input: OffboardStaffInput!) { offboardStaff(input: $input) { id state answers { service } } }`;
const OFFBOARDINGS = `{ offboardings { id state answers { service counts { what count } } certificate { text sha256 } } }`;
const inOrganization = <Row>(organizationId: string, sql: string, values: unknown[] = []): Promise<Row[]> =>
  rowsOf<Row>(test, organizationId, [sql, ...values]);

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
      await answerOffboarding(test, {
        organizationId,
        publisher,
        staffMemberId: leaver.member.id,
        offboardingId: id,
      });
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

  it('[ACC-11] [identity A51] of an account nobody uses, person’s or program’s: told once, closed a month later', async () => {
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

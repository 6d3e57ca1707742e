// The hole on either side of break-glass: an emergency in which nobody can read what saves a life, and an "emergency" that
// anybody opens, nobody hears of, lasts for ever and is never looked at.
import { randomUUID } from 'node:crypto';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';
import type { Member } from '../accounts/enter-member.ts';
import {
  claimsOf,
  codes,
  constraintOf,
  END,
  LIST,
  REASON,
  REVIEW,
  START,
  type Access,
  type Start,
} from './operations-for-tests.ts';
import { remindOfDueReviews } from './remind-of-reviews.job.ts';

let test: TestIdentity;
let organizationId: string;
let provider: Member;
let officer: Member;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());
beforeEach(async () => {
  organizationId = await test.organization();
  provider = await test.member({ organizationId, roles: ['PROVIDER'] });
  officer = await test.member({ organizationId, roles: ['COMPLIANCE'] });
});

const signedIn = async (member: Member) => test.callerFrom(await test.signIn(member));
const start = async (caller: ReturnType<TestIdentity['callerFrom']>, input: object = {}) =>
  test.ask(caller, START, { input: { reason: REASON, minutes: 30, ...input } });
const started = async (member: Member): Promise<Start> =>
  rootField<Start>(await start(await signedIn(member)));
const audited = async (action: string) =>
  (await test.audit(organizationId)).filter((entry) => entry.action === action);
const sql = (statement: string, parameters: unknown[]) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query(statement, parameters));

describe('[LAW-36] emergency access', () => {
  it('is opened with a reason, for minutes, in the token of this session; everybody responsible hears of it at once', async () => {
    const { accessToken, emergencyAccess } = await started(provider);
    const claims = claimsOf(accessToken);
    expect([claims['emi'], Number(claims['emg']) * 1_000]).toEqual([
      emergencyAccess.id,
      Math.floor(Date.parse(emergencyAccess.until) / 1_000) * 1_000,
    ]);
    expect(Date.parse(emergencyAccess.until)).toBe(test.clock().getTime() + 30 * 60_000);
    const [mail, ...others] = (await test.mailsTo(officer.email)).filter(({ subject }) =>
      /Emergency/.test(subject),
    );
    expect([mail?.subject, others]).toEqual(['Emergency access was opened', []]);
    // Neither who nor whose nor why: mail is read over shoulders.
    expect(mail?.text).not.toMatch(new RegExp(`${REASON}|${provider.displayName} has|${provider.id}`));
    expect(await audited('emergency_access_started')).toEqual([
      expect.objectContaining({
        outcome: 'success',
        actor: { kind: 'STAFF', id: provider.id },
        subject: { type: 'EmergencyAccess', id: emergencyAccess.id },
        details: { until: emergencyAccess.until, informed: '1' },
      }),
    ]);
  });

  it('tells the managers where nobody is responsible for data protection', async () => {
    organizationId = await test.organization();
    const manager = await test.member({ organizationId, roles: ['MANAGER'] });
    await started(await test.member({ organizationId, roles: ['PROVIDER'] }));
    expect((await test.mailsTo(manager.email)).map(({ subject }) => subject)).toContain(
      'Emergency access was opened',
    );
  });

  it('goes on in the tokens of refreshes while it runs, and not a moment longer', async () => {
    const step = await test.signIn(provider);
    await start(test.callerFrom(step), { minutes: 10 });
    const refresh = async ({ refreshToken }: Pick<Step, 'refreshToken'>) =>
      test.step(
        { ...test.anonymous(organizationId), organizationId: null },
        'mutation ($token: String!) { refreshSession(refreshToken: $token) { ... on SessionIssued { accessToken refreshToken } } }',
        { token: refreshToken },
      );
    test.clock.advance(9 * 60_000);
    const during = await refresh(step);
    expect(claimsOf(during.accessToken)['emg']).toBeDefined();
    test.clock.advance(60_000);
    expect(claimsOf((await refresh(during)).accessToken)['emg']).toBeUndefined();
    // Another session of the same person never had it.
    expect(claimsOf((await test.signIn(provider)).accessToken)['emg']).toBeUndefined();
  });

  it('is not for clients, nobody, sessions without a second factor or from long ago, nor for sessions that have ended', async () => {
    const client = await test.member({ organizationId, roles: ['CLIENT'] });
    expect(codes(await start(await signedIn(client)))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(codes(await start(test.anonymous(organizationId)))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    const caller = await signedIn(provider);
    expect(codes(await start({ ...caller, secondFactor: false }))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    test.clock.advance(15 * 60_000);
    await sql("UPDATE session SET idle_expires_at = idle_expires_at + interval '1 hour' WHERE id = $1", [
      caller.sessionId,
    ]);
    test.clock.advance(1_000);
    expect(codes(await start(caller))).toEqual(['STEP_UP_REQUIRED']);
    const ended = await signedIn(provider);
    await test.ask(ended, 'mutation { signOut { endedAt } }');
    expect(codes(await start(ended))).toEqual(['UNAUTHENTICATED']);
    expect(await audited('emergency_access_started')).toEqual([]);
  });

  it.each([
    ['a reason of nine characters', { reason: '  too short ' }, 'reason'],
    ['a reason without end', { reason: 'x'.repeat(1_001) }, 'reason'],
    ['no time at all', { minutes: 0 }, 'minutes'],
    ['more than an hour', { minutes: 61 }, 'minutes'],
  ])('with %s is refused, with what to do', async (_what, input, field) => {
    const { errors } = await start(await signedIn(provider), input);
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'BAD_INPUT', field } })]);
  });

  it('lasts an hour at most and keeps what was claimed, whoever writes', async () => {
    const { emergencyAccess } = await started(provider);
    const change = (set: string) =>
      constraintOf(sql(`UPDATE emergency_access SET ${set} WHERE id = $1`, [emergencyAccess.id]));
    expect(await change("until = until + interval '1 minute'")).toBe('emergency_access_keeps_its_history');
    expect(await change("reason = 'other'")).toBe('emergency_access_keeps_its_history');
    expect(await change('account_id = gen_random_uuid()')).toBe('emergency_access_keeps_its_history');
    expect(await change("reviewed_at = now(), reviewed_by = account_id, finding = 'JUSTIFIED'")).toBe(
      'nobody_reviews_their_own_emergency_access',
    );
    const long = sql(
      `INSERT INTO emergency_access (id, organization_id, account_id, session_id, started_at, until, review_due_at)
       VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), now(), now() + interval '61 minutes', now() + interval '72 hours')`,
      [organizationId, provider.id],
    );
    expect(await constraintOf(long)).toBe('emergency_access_lasts_at_most_an_hour');
  });

  it('of two started at once leaves one running; each waits for a review of its own', async () => {
    const caller = await signedIn(provider);
    await Promise.all([start(caller), start(caller)]);
    const rows = await sql('SELECT ended_at FROM emergency_access WHERE account_id = $1', [provider.id]);
    expect(rows).toHaveLength(2);
    expect(rows.filter((row) => (row as { ended_at: Date | null }).ended_at === null)).toHaveLength(1);
  });

  it('is ended early by its owner or somebody responsible, by nobody else, and gateways are told', async () => {
    const colleague = await signedIn(await test.member({ organizationId, roles: ['PROVIDER', 'MANAGER'] }));
    for (const member of [provider, officer]) {
      const { emergencyAccess } = await started(provider);
      const { id } = emergencyAccess;
      expect(codes(await test.ask(colleague, END, { id }))).toEqual(['NOT_FOUND']);
      const ended = rootField<Access>(await test.ask(await signedIn(member), END, { id }));
      expect(ended.endedAt).toBe(test.clock().toISOString());
      const withdrawn = await sql("SELECT 1 FROM access_withdrawal WHERE kind = 'EMERGENCY' AND id = $1", [
        id,
      ]);
      expect(withdrawn).toHaveLength(1);
      // Once more is no mistake, and changes nothing.
      test.clock.advance(1_000);
      const again = rootField<Access>(await test.ask(await signedIn(member), END, { id }));
      expect(again.endedAt).toBe(ended.endedAt);
    }
    const foreign = await test.member({ organizationId: await test.organization(), roles: ['COMPLIANCE'] });
    const { emergencyAccess } = await started(provider);
    expect(codes(await test.ask(await signedIn(foreign), END, { id: emergencyAccess.id }))).toEqual([
      'NOT_FOUND',
    ]);
  });
});

describe('[LAW-36] the review', () => {
  const review = async (reviewer: Member, id: string, input: object = {}) =>
    test.ask(await signedIn(reviewer), REVIEW, { input: { id, finding: 'JUSTIFIED', ...input } });

  it('is somebody else’s, after the end, once, and stays', async () => {
    const both = await test.member({ organizationId, roles: ['PROVIDER', 'COMPLIANCE'] });
    const { emergencyAccess } = await started(both);
    const { id } = emergencyAccess;
    expect(codes(await review(officer, id))).toEqual(['BAD_INPUT']);
    test.clock.advance(31 * 60_000);
    expect(codes(await review(both, id))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(codes(await review(provider, id))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(codes(await review(officer, randomUUID()))).toEqual(['NOT_FOUND']);
    const done = rootField<Access>(
      await review(officer, id, { finding: 'UNJUSTIFIED', remark: 'No emergency known' }),
    );
    expect(done.review).toEqual({
      finding: 'UNJUSTIFIED',
      remark: 'No emergency known',
      reviewer: { id: officer.id },
    });
    expect(codes(await review(officer, id))).toEqual(['BAD_INPUT']);
    const rewritten = sql("UPDATE emergency_access SET finding = 'JUSTIFIED' WHERE id = $1", [id]);
    expect(await constraintOf(rewritten)).toBe('emergency_access_keeps_its_history');
    expect(await audited('emergency_access_reviewed')).toHaveLength(1);
  });

  it('that is missing after 72 hours keeps that person, and nobody else, from the next emergency', async () => {
    const { emergencyAccess } = await started(provider);
    test.clock.advance(72 * 60 * 60_000 - 60_000);
    expect((await started(provider)).__typename).toBe('EmergencyAccessStarted');
    test.clock.advance(60_000);
    const refused = await started(provider);
    expect([refused.__typename, refused.message]).toEqual([
      'EmergencyReviewOverdue',
      expect.stringMatching(/Ask somebody with the role COMPLIANCE to review it/),
    ]);
    expect(await audited('emergency_access_refused')).toHaveLength(1);
    const colleague = await test.member({ organizationId, roles: ['PROVIDER'] });
    expect((await started(colleague)).__typename).toBe('EmergencyAccessStarted');
    await review(officer, emergencyAccess.id);
    expect((await started(provider)).__typename).toBe('EmergencyAccessStarted');
  });

  it('is asked for once a day until it is there, and the log says when it is overdue', async () => {
    const { emergencyAccess } = await started(provider);
    const reminders = async () =>
      (await test.mailsTo(officer.email)).filter(({ subject }) => /waits for its review/.test(subject))
        .length;
    const hours = async (count: number) => {
      test.clock.advance(count * 60 * 60_000);
      await remindOfDueReviews(test.identity);
      await remindOfDueReviews(test.identity);
    };
    await hours(23);
    expect(await reminders()).toBe(0);
    await hours(1);
    expect([await reminders(), (await audited('emergency_access_review_overdue')).length]).toEqual([1, 0]);
    await hours(48);
    expect([await reminders(), (await audited('emergency_access_review_overdue')).length]).toEqual([2, 1]);
    await review(officer, emergencyAccess.id);
    await hours(48);
    expect(await reminders()).toBe(2);
  });

  it('finds what it needs in the list, page by page, in one organization alone', async () => {
    const [one, two, three] = [await started(provider), await started(provider), await started(provider)];
    test.clock.advance(31 * 60_000);
    await review(officer, two.emergencyAccess.id);
    const caller = await signedIn(officer);
    const list = async (variables: object) =>
      rootField<{ accesses: Access[]; endCursor: string | null }>(
        await test.ask(caller, LIST, { first: 20, open: false, ...variables }),
      );
    const newest = [three, two, one].map(({ emergencyAccess }) => emergencyAccess.id);
    const all = await list({});
    expect([all.accesses.map(({ id }) => id), all.endCursor]).toEqual([newest, null]);
    expect(all.accesses.map(({ reason }) => reason)).toEqual([REASON, REASON, REASON]);
    expect((await list({ open: true })).accesses.map(({ id }) => id)).toEqual([newest[0], newest[2]]);
    const page = await list({ first: 2 });
    expect((await list({ first: 2, after: page.endCursor })).accesses.map(({ id }) => id)).toEqual([
      newest[2],
    ]);
    for (const wrong of [{ first: 0 }, { first: 101 }, { after: 'x' }]) {
      expect(codes(await test.ask(caller, LIST, { first: 20, ...wrong }))).toEqual(['BAD_INPUT']);
    }
    const foreign = await test.member({ organizationId: await test.organization(), roles: ['COMPLIANCE'] });
    const { data } = await test.ask(await signedIn(foreign), LIST, {});
    expect(data).toEqual({ emergencyAccesses: { accesses: [], endCursor: null } });
    const denied = await test.ask(await signedIn(provider), LIST, {});
    expect(codes(denied)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });
});

it('stores no reason and no remark in clear', async () => {
  await started(provider);
  const rows = await sql('SELECT t::text AS text FROM emergency_access t', []);
  const texts = rows.map((row) => (row as { text: string }).text).join();
  expect(texts).not.toContain(Buffer.from(REASON).toString('hex'));
  const events = await sql(
    "SELECT payload::text AS text FROM outbox WHERE payload::text LIKE '%unconscious%'",
    [],
  );
  expect(events).toEqual([]);
});

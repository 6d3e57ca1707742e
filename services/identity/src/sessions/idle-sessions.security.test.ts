// What it keeps closed: a screen or a telephone that was left open, an app that keeps somebody signed in by asking for news,
// and an end that nobody can prove afterwards.
import { randomUUID } from 'node:crypto';
import type { Role } from '@kept/passport';
import { openTestIdentity, type Step, type TestIdentity } from '../test-identity.ts';
import { sessionLimits } from './session-limits.ts';
import { sweepIdleSessions } from './end-idle-sessions.job.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const MINUTE = 60_000;
const REFRESH = `mutation ($token: String!, $activity: SessionActivity!, $device: String) {
  refreshSession(refreshToken: $token, activity: $activity, deviceToken: $device) { __typename
    ... on SessionIssued { accessToken refreshToken deviceToken } ... on SessionEnded { message } } }`;
const refresh = ({ refreshToken: token }: Step, activity = 'USER'): Promise<Step> =>
  test.step({ ...test.anonymous(randomUUID()), organizationId: null }, REFRESH, { token, activity });
const claimsOf = ({ accessToken = '' }: Step) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    iat: number;
    exp: number;
    end: number;
    cty: string;
    sid: string;
  };
const START = `mutation ($input: SignInStartInput!) { signInStart(input: $input) { __typename
  ... on SessionIssued { accessToken refreshToken deviceToken } ... on ChallengeRequired { flow } } }`;

/** Signs in with an app of this kind. */
async function signedIn(roles: readonly Role[], clientType: 'WEB' | 'MOBILE'): Promise<Step> {
  const member = await test.member({ organizationId, roles });
  const anonymous = test.anonymous(organizationId);
  const { email, password } = member;
  const step = await test.step(anonymous, START, { input: { email, password, clientType } });
  if (step.__typename !== 'ChallengeRequired') return step;
  return test.answer(anonymous, { flow: step.flow ?? '', code: test.codeOf(member.totpSecret) });
}

it.each([
  { whose: 'a manager’s', roles: ['MANAGER'], clientType: 'WEB', minutes: 10 },
  { whose: 'an auditor’s', roles: ['COMPLIANCE', 'FRONT_DESK'], clientType: 'WEB', minutes: 10 },
  { whose: 'other staff’s', roles: ['FRONT_DESK'], clientType: 'WEB', minutes: 15 },
  { whose: 'a client’s telephone', roles: ['CLIENT'], clientType: 'MOBILE', minutes: 15 },
  { whose: 'a client’s browser', roles: ['CLIENT'], clientType: 'WEB', minutes: 30 },
] as const)(
  '[SES-01] [MOB-03] [LAW-37] $whose session is over when nobody used it that long: no token says more, no refresh brings it back',
  async ({ roles, clientType, minutes }) => {
    const begun = await signedIn(roles, clientType);
    const { iat, exp, end, cty } = claimsOf(begun);
    expect({ cty, idle: end - iat, life: exp - iat }).toEqual({
      cty: clientType,
      idle: minutes * 60,
      life: 300,
    });
    // A second before its end somebody does something: as long again, and no token outlives it.
    test.clock.advance(minutes * MINUTE - 1_000);
    const used = await refresh(begun);
    expect(used.__typename).toBe('SessionIssued');
    expect(claimsOf(used).end - claimsOf(used).iat).toBe(minutes * 60);
    test.clock.advance(minutes * MINUTE);
    expect((await refresh(used)).__typename).toBe('SessionEnded');
  },
);

it('[LAW-37] the operator makes the limits of staff shorter, and nobody longer', () => {
  const minutes = (kind: 'STAFF' | 'CLIENT', roles: readonly Role[], staffIdleMinutes: number) =>
    sessionLimits(
      { kind, roles, assurance: 'STRONG', method: 'PASSWORD', clientType: 'WEB' },
      { staffIdleMinutes },
    ).idleMs / MINUTE;
  expect(minutes('STAFF', ['FRONT_DESK'], 5)).toBe(5);
  expect(minutes('STAFF', ['MANAGER'], 5)).toBe(5);
  expect(minutes('STAFF', ['MANAGER'], 15)).toBe(10);
  expect(minutes('CLIENT', ['CLIENT'], 5)).toBe(60);
});

it('[identity A35] an app that asks for news keeps nobody signed in, however often it asks', async () => {
  let step = await signedIn(['FRONT_DESK'], 'WEB');
  const { end } = claimsOf(step);
  for (let asked = 0; asked < 7; asked += 1) {
    test.clock.advance(2 * MINUTE);
    step = await refresh(step, 'BACKGROUND');
    expect(claimsOf(step).end).toBe(end);
    expect(claimsOf(step).exp).toBeLessThanOrEqual(end);
  }
  // 14 minutes: the last token lives for the one that is left, not for five.
  expect(claimsOf(step).exp).toBe(end);
  test.clock.advance(MINUTE);
  expect((await refresh(step, 'BACKGROUND')).__typename).toBe('SessionEnded');
  expect((await refresh(step, 'USER')).__typename).toBe('SessionEnded');
});

it('[identity A35] a session ends with its whole time however much it is used, and no token outlives it', async () => {
  let step = await signedIn(['FRONT_DESK'], 'WEB');
  const absolute = claimsOf(step).iat + 12 * 3600;
  for (let at = 0; at < 12 * 60 - 14; at += 14) {
    test.clock.advance(14 * MINUTE);
    step = await refresh(step);
  }
  expect(claimsOf(step).end).toBe(absolute);
  test.clock.advance(absolute * 1_000 - test.clock().getTime());
  expect((await refresh(step)).__typename).toBe('SessionEnded');
});

it('[LOG-03] an end by time stands in the audit log once: found by the job, or by the first use after it', async () => {
  const [found, used] = [await signedIn(['CLIENT'], 'MOBILE'), await signedIn(['CLIENT'], 'MOBILE')];
  test.clock.advance(15 * MINUTE);
  const entries = async ({ sid }: { sid: string }) =>
    (await test.audit(organizationId)).filter(
      ({ action, ...entry }) =>
        action === 'session_expired' &&
        (entry as unknown as { details: { sessionId: string } }).details.sessionId === sid,
    );
  expect((await refresh(used)).__typename).toBe('SessionEnded');
  expect(await entries(claimsOf(used))).toHaveLength(1);
  expect(await entries(claimsOf(found))).toHaveLength(0);
  await Promise.all([sweepIdleSessions(test.identity), sweepIdleSessions(test.identity)]);
  await sweepIdleSessions(test.identity);
  expect((await refresh(used)).__typename).toBe('SessionEnded');
  for (const step of [found, used]) {
    expect(await entries(claimsOf(step))).toMatchObject([
      { outcome: 'success', details: { reason: 'idle', clientType: 'MOBILE' } },
    ]);
  }
});

// What a session's tokens can be made to do by somebody who has copied, guessed, kept or changed one.
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { readToken, writeToken } from './routed-token.ts';
import { openSecrets } from '../secrets.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
});
afterAll(() => test.stop());

const client = async () => test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
  ... on SessionIssued { accessToken refreshToken deviceToken viewer { id } } ... on SessionEnded { message } } }`;
// Without an organization in the request: the token alone has to know where it belongs.
const refresh = (token: string | undefined): Promise<Step> =>
  test.step({ ...test.anonymous(randomUUID()), organizationId: null }, REFRESH, { token });

it('[identity A31] fifty refreshes with one token turn it over once, and everybody gets the same successor', async () => {
  const first = await test.signIn(await client());
  const steps = await Promise.all(Array.from({ length: 50 }, () => refresh(first.refreshToken)));
  expect(new Set(steps.map(({ __typename }) => __typename))).toEqual(new Set(['SessionIssued']));
  expect(new Set(steps.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  expect((await refresh(steps[0]?.refreshToken)).__typename).toBe('SessionIssued');
});

it('[identity A32] an old token after the grace ends the session for everybody who has one, and the owner is told', async () => {
  const member = await client();
  const first = await test.signIn(member);
  const second = await refresh(first.refreshToken);
  test.clock.advance(10_001);
  expect((await refresh(first.refreshToken)).__typename).toBe('SessionEnded');
  expect((await refresh(second.refreshToken)).__typename).toBe('SessionEnded');
  expect((await test.mailsTo(member.email)).map(({ subject }) => subject)).toContain(
    'We ended one of your sessions',
  );
  expect((await test.audit(member.organizationId)).map(({ action }) => action)).toContain(
    'authn_token_reuse',
  );
});

it('[identity A32] a token two turns old is no race, even within the grace', async () => {
  const first = await test.signIn(await client());
  const second = await refresh(first.refreshToken);
  const third = await refresh(second.refreshToken);
  expect((await refresh(first.refreshToken)).__typename).toBe('SessionEnded');
  expect((await refresh(third.refreshToken)).__typename).toBe('SessionEnded');
});

it('[identity A32] another session of the same person is not touched', async () => {
  const member = await client();
  const [stolen, other] = [await test.signIn(member), await test.signIn(member)];
  await refresh(stolen.refreshToken);
  test.clock.advance(10_001);
  await refresh(stolen.refreshToken);
  expect((await refresh(other.refreshToken)).__typename).toBe('SessionIssued');
});

it('[identity A34] a refresh token that was changed, made up or meant for something else opens nothing', async () => {
  const first = await test.signIn(await client());
  const token = first.refreshToken ?? '';
  const parts = readToken(test.identity.secrets, 'refresh', token);
  if (!parts) throw new Error('Our own token cannot be read.');
  const forged = [
    writeToken(openSecrets(Buffer.alloc(32, 7)), 'refresh', parts),
    writeToken(test.identity.secrets, 'refresh', { ...parts, organizationId: randomUUID() }),
    writeToken(test.identity.secrets, 'refresh', { ...parts, id: randomUUID() }),
    writeToken(test.identity.secrets, 'device', parts),
    writeToken(test.identity.secrets, 'device', parts).replace('kd1_', 'kr1_'),
    first.deviceToken,
    first.accessToken,
    token.slice(0, -1),
    `${token}A`,
    token.toLowerCase(),
    '',
    'x'.repeat(100_000),
  ];
  for (const text of forged) expect((await refresh(text)).__typename).toBe('SessionEnded');
  // None of it was a reuse of the real one.
  expect((await refresh(token)).__typename).toBe('SessionIssued');
});

it('[identity A34] the published keys let nobody make a token, and our tokens are of one kind only', async () => {
  const { accessToken = '' } = await test.signIn(await client());
  const published = (await (await fetch(`${test.url}/.well-known/jwks.json`)).json()) as {
    keys: { x: string; kid: string }[];
  };
  expect(JSON.stringify(published)).not.toContain('"d"');
  const keys = createLocalJWKSet(published);
  const check = (token: string) =>
    jwtVerify(token, keys, {
      issuer: 'https://kept.example',
      audience: 'kept',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      requiredClaims: ['exp', 'sub', 'org', 'sid'],
      currentDate: test.clock(),
    });
  await expect(check(accessToken)).resolves.toBeDefined();
  const [header = '', payload = '', signature = ''] = accessToken.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`;
  const hmacHeader = encode({ alg: 'HS256', typ: 'at+jwt', kid: published.keys[0]?.kid });
  const hmac = createHmac('sha256', published.keys[0]?.x ?? '')
    .update(`${hmacHeader}.${payload}`)
    .digest('base64url');
  const foreign = await new SignJWT({ org: randomUUID(), sid: randomUUID() })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: published.keys[0]?.kid ?? '' })
    .setIssuer('https://kept.example')
    .setAudience('kept')
    .setSubject(randomUUID())
    .setExpirationTime('5m')
    .sign(generateKeyPairSync('ed25519').privateKey);
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const promoted = `${header}.${encode({ ...claims, roles: ['MANAGER'] })}.${signature}`;
  for (const token of [none, `${hmacHeader}.${payload}.${hmac}`, foreign, promoted])
    await expect(check(token)).rejects.toThrow();
  test.clock.advance(300_000);
  await expect(check(accessToken)).rejects.toThrow('exp');
});

it('ends after an hour without use, a staff session after a quarter, and after its whole time however much it is used', async () => {
  const organizationId = await test.organization();
  const desk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const weak = await test.member({ organizationId, roles: ['CLIENT'] });
  const left = await test.signIn(desk);
  test.clock.advance(15 * 60_000);
  expect((await refresh(left.refreshToken)).__typename).toBe('SessionEnded');
  const idle = await test.signIn(weak);
  test.clock.advance(30 * 60_000);
  expect((await refresh(idle.refreshToken)).__typename).toBe('SessionEnded');
  let used = await test.signIn(desk);
  for (let minutes = 0; minutes < 12 * 60; minutes += 14) {
    test.clock.advance(14 * 60_000);
    used = await refresh(used.refreshToken);
  }
  expect(used.__typename).toBe('SessionEnded');
});

it('signs out once and for all, and shows a person which sessions they have', async () => {
  const member = await client();
  const [first, second] = [await test.signIn(member), await test.signIn(member)];
  const caller = test.callerFrom(first);
  const read = async () => {
    const { data } = await test.ask(caller, '{ viewer { sessions { id current secondFactor } } }');
    return rootField<{ sessions: { id: string; current: boolean }[] }>({ data }).sessions;
  };
  expect((await read()).filter(({ current }) => current)).toHaveLength(1);
  const { data } = await test.ask(caller, 'mutation { signOut { endedAt } }');
  expect(data?.['signOut']).toEqual({ endedAt: test.clock().toISOString() });
  expect((await refresh(first.refreshToken)).__typename).toBe('SessionEnded');
  expect((await refresh(second.refreshToken)).__typename).toBe('SessionIssued');
  expect((await read()).map(({ id }) => id)).toEqual([test.callerFrom(second).sessionId]);
  const enrol = await test.ask(caller, 'mutation { totpEnrollmentStart { secret } }');
  expect(enrol.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});

it('keeps three sessions of a member of staff, the newest', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const steps: Step[] = [];
  for (let at = 0; at < 4; at += 1) steps.push(await test.signIn(manager));
  const outcomes = [];
  for (const { refreshToken } of steps) outcomes.push((await refresh(refreshToken)).__typename);
  expect(outcomes).toEqual(['SessionEnded', 'SessionIssued', 'SessionIssued', 'SessionIssued']);
});

it('a refresh takes over roles as they are now', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['COMPLIANCE', 'BILLING'] });
  const first = await test.signIn(manager);
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query("UPDATE account SET roles = ARRAY['BILLING'] WHERE id = $1", [manager.id]),
  );
  expect(test.callerFrom(await refresh(first.refreshToken)).roles).toEqual(['BILLING']);
});

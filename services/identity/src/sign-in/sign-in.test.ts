import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { jwtVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { openTestIdentity, rootField, PASSWORD, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

describe('signing in', () => {
  it('[AUT-01] staff: password, authenticator, and a token that says so', async () => {
    const organizationId = await test.organization();
    const manager = await test.member({ organizationId, roles: ['MANAGER', 'PROVIDER'] });
    const anonymous = test.anonymous(organizationId);
    const challenge = await test.start(anonymous, { email: manager.email, password: manager.password });
    expect(challenge).toMatchObject({ __typename: 'ChallengeRequired', factors: ['TOTP', 'RECOVERY_CODE'] });
    const step = await test.answer(anonymous, {
      flow: challenge.flow ?? '',
      code: test.codeOf(manager.totpSecret),
    });
    expect(step).toMatchObject({
      __typename: 'SessionIssued',
      viewer: { id: manager.id, kind: 'STAFF', roles: ['MANAGER', 'PROVIDER'], secondFactor: true },
    });
    const keys = await (await fetch(`${test.url}/.well-known/jwks.json`)).json();
    const { payload } = await jwtVerify(step.accessToken ?? '', createLocalJWKSet(keys as never), {
      issuer: 'https://kept.example',
      audience: 'kept',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      currentDate: test.clock(),
    });
    expect(payload).toMatchObject({
      sub: manager.id,
      org: organizationId,
      roles: ['MANAGER', 'PROVIDER'],
      kind: 'STAFF',
      sf: true,
      amr: ['pwd', 'otp', 'mfa'],
      auth_time: test.clock().getTime() / 1000,
      exp: test.clock().getTime() / 1000 + 300,
    });
    expect(decodeProtectedHeader(step.accessToken ?? '')).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
  });

  it('[AUT-01] staff without a second factor get no token, only the way to enrol one', async () => {
    const organizationId = await test.organization();
    const desk = await test.member({ organizationId, roles: ['FRONT_DESK'], totpSecret: undefined });
    const anonymous = test.anonymous(organizationId);
    const { email, password } = desk;
    const step = await test.start(anonymous, { email, password });
    expect(step.__typename).toBe('EnrollmentRequired');
    expect(step.accessToken).toBeUndefined();
    const started = await test.ask(
      anonymous,
      'mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret uri } }',
      { flow: step.flow },
    );
    const { secret, uri } = rootField<{ secret: string; uri: string }>(started);
    expect(uri).toContain(`secret=${secret}`);
    const confirmed = await test.ask(
      anonymous,
      `mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) {
         __typename ... on TotpEnrolled { recoveryCodes } } }`,
      { input: { flow: step.flow, code: test.codeOf(secret) } },
    );
    const { recoveryCodes } = rootField<{ recoveryCodes: string[] }>(confirmed);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await test.signIn({ ...desk, totpSecret: secret })).__typename).toBe('SessionIssued');
    expect((await test.mailsTo(email)).map(({ subject }) => subject)).toContain(
      'An authenticator was added to your account',
    );
  });

  it('with a recovery code, once', async () => {
    const organizationId = await test.organization();
    const client = await test.member({ organizationId, roles: ['CLIENT'] });
    const caller = test.callerFrom(await test.signIn(client));
    const started = await test.ask(caller, 'mutation { totpEnrollmentStart { secret } }');
    const { secret } = rootField<{ secret: string }>(started);
    const confirmed = await test.ask(
      caller,
      `mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) {
         ... on TotpEnrolled { recoveryCodes } } }`,
      { input: { code: test.codeOf(secret) } },
    );
    const { recoveryCodes } = rootField<{ recoveryCodes: string[] }>(confirmed);
    const anonymous = test.anonymous(organizationId);
    const withCode = async (code: string) => {
      const { flow = '' } = await test.start(anonymous, { email: client.email, password: client.password });
      return test.answer(anonymous, { flow, factor: 'RECOVERY_CODE', code });
    };
    const typed = ` ${(recoveryCodes[0] ?? '').toLowerCase().replaceAll('-', ' ')}`;
    expect((await withCode(typed)).__typename).toBe('SessionIssued');
    expect(await withCode(recoveryCodes[0] ?? '')).toMatchObject({ code: 'CODE_REFUSED' });
    const { data } = await test.ask(caller, '{ viewer { factors { kind remaining } } }');
    expect(data?.['viewer']).toEqual({
      factors: [
        { kind: 'TOTP', remaining: null },
        { kind: 'RECOVERY_CODE', remaining: 9 },
      ],
    });
  });

  it('renews a hash that was made with older parameters', async () => {
    const organizationId = await test.organization();
    const client = await test.member({ organizationId, roles: ['CLIENT'] });
    const read = () =>
      test.databases.database.transaction(organizationId, async (tx) => {
        const [row] = await tx.query<{ hash: string }>(
          'SELECT hash FROM password_credential WHERE account_id = $1',
          [client.id],
        );
        return row?.hash ?? '';
      });
    const older = await hash(client.password, {
      memoryCost: 8_192,
      timeCost: 1,
      parallelism: 1,
      secret: test.pepper,
    });
    await test.databases.database.transaction(organizationId, (tx) =>
      tx.query('UPDATE password_credential SET hash = $2 WHERE account_id = $1', [client.id, older]),
    );
    const wrong = { email: client.email, password: 'Wrong-Password-1' };
    expect(await test.start(test.anonymous(organizationId), wrong)).toMatchObject({
      code: 'BAD_CREDENTIALS',
    });
    expect(await read()).toBe(older);
    expect((await test.start(test.anonymous(organizationId), client)).__typename).toBe('SessionIssued');
    expect(await read()).toContain('$m=19456,t=2,p=1$');
    expect((await test.start(test.anonymous(organizationId), client)).__typename).toBe('SessionIssued');
  });

  it('tells the owner of a new device, and not of one that is known', async () => {
    const organizationId = await test.organization();
    const client = await test.member({ organizationId, roles: ['CLIENT'] });
    const first = await test.signIn(client);
    await test.signIn(client, { deviceToken: first.deviceToken ?? '' });
    expect(await test.mailsTo(client.email)).toEqual([]);
    await test.signIn(client);
    expect((await test.mailsTo(client.email)).map(({ subject }) => subject)).toEqual([
      'You signed in on a new device',
    ]);
  });

  it('needs an organization, and says so', async () => {
    const { errors } = await test.ask(
      { ...test.anonymous(randomUUID()), organizationId: null },
      'mutation { signInStart(input: { email: "a@example.org", password: "x" }) { __typename } }',
    );
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'kept-organization' });
  });

  it('writes every outcome into the audit log, unknown people only as a keyed hash', async () => {
    const organizationId = await test.organization();
    const client = await test.member({ organizationId, roles: ['CLIENT'] });
    const stranger = 'nobody-we-know@example.org';
    await test.start(test.anonymous(organizationId), { email: stranger, password: 'Some-Password-1' });
    await test.start(test.anonymous(organizationId), { email: client.email, password: 'Some-Password-1' });
    await test.signIn(client);
    const entries = await test.audit(organizationId);
    expect(entries.map(({ action, subject }) => [action, subject.type])).toEqual([
      ['authn_login_fail', 'Identifier'],
      ['authn_login_fail', 'Account'],
      ['authn_login_success', 'Account'],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(new RegExp(`${stranger}|${client.email}|${PASSWORD}`));
  });
});

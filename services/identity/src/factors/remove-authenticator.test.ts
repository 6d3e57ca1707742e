import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const REMOVE = `mutation ($input: TotpRemoveInput!) { totpRemove(input: $input) {
  __typename ... on TotpRemoved { removedAt } ... on CodeRefused { message } } }`;
const CONFIRM = `mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) {
  ... on TotpEnrolled { recoveryCodes } } }`;
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
  ... on SessionIssued { accessToken refreshToken viewer { id secondFactor } } } }`;

async function enrol(step: Step): Promise<{ secret: string; recoveryCodes: string[] }> {
  const caller = test.callerFrom(step);
  const started = await test.ask(caller, 'mutation { totpEnrollmentStart { secret } }');
  const { secret } = rootField<{ secret: string }>(started);
  const confirmed = await test.ask(caller, CONFIRM, { input: { code: test.codeOf(secret) } });
  return { secret, ...rootField<{ recoveryCodes: string[] }>(confirmed) };
}

it('[AUT-01] a client takes the authenticator off again, with a code of it, and is told by mail', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { secret, recoveryCodes } = await enrol(await test.signIn(client));
  expect(recoveryCodes).toHaveLength(10);
  const session = await test.signIn({ ...client, totpSecret: secret });
  expect(session.viewer?.secondFactor).toBe(true);
  const caller = test.callerFrom(session);
  test.clock.advance(30_000);
  const { data } = await test.ask(caller, REMOVE, { input: { code: test.codeOf(secret) } });
  expect(data?.['totpRemove']).toEqual({ __typename: 'TotpRemoved', removedAt: test.clock().toISOString() });

  const factors = await test.ask(caller, '{ viewer { factors { kind } } }');
  expect(factors.data?.['viewer']).toEqual({ factors: [] });
  const [mail] = (await test.mailsTo(client.email)).filter(({ subject }) => /second factor/.test(subject));
  expect(mail?.subject).toBe('The second factor was removed from your account');
  expect(mail?.text).toContain('Riverside Practice');
  expect((await test.audit(organizationId)).at(-1)).toMatchObject({
    action: 'user_updated',
    outcome: 'success',
    subject: { type: 'Account', id: client.id },
    details: { factor: 'TOTP', change: 'removed' },
  });
  // The password alone opens a session again, the present one goes on without the second factor, and both may enrol anew.
  expect(await test.signIn(client)).toMatchObject({
    __typename: 'SessionIssued',
    viewer: { secondFactor: false },
  });
  const refreshed = await test.step(caller, REFRESH, { token: session.refreshToken });
  expect(refreshed).toMatchObject({ __typename: 'SessionIssued', viewer: { secondFactor: false } });
  expect((await enrol(refreshed)).recoveryCodes).toHaveLength(10);
});

it('says that there is no authenticator to a client who has none', async () => {
  const client = await test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
  const caller = test.callerFrom(await test.signIn(client));
  const { errors } = await test.ask(caller, REMOVE, { input: { code: '123456' } });
  expect(errors[0]).toMatchObject({
    message: 'There is no such authenticator.',
    extensions: { code: 'NOT_FOUND' },
  });
});

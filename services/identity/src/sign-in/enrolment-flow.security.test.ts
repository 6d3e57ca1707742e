// A flow to enrol is worth a password. Once there is an authenticator, no flow from before may put another in its place.
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const START = 'mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret } }';
const CONFIRM = `mutation ($input: TotpEnrollmentConfirmInput!) {
  totpEnrollmentConfirm(input: $input) { __typename } }`;

it('[identity A24] a flow opened before somebody enrolled does not replace their authenticator', async () => {
  const organizationId = await test.organization();
  const newcomer = await test.member({ organizationId, roles: ['MANAGER'], totpSecret: undefined });
  const anonymous = test.anonymous(organizationId);
  const openFlow = async () => (await test.start(anonymous, newcomer)).flow;
  const [own, other] = [await openFlow(), await openFlow()];

  const { secret } = rootField<{ secret: string }>(await test.ask(anonymous, START, { flow: own }));
  const confirmed = await test.ask(anonymous, CONFIRM, { input: { flow: own, code: test.codeOf(secret) } });
  expect(confirmed.data).toEqual({ totpEnrollmentConfirm: { __typename: 'TotpEnrolled' } });

  const started = await test.ask(anonymous, START, { flow: other });
  expect(started.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  const taken = await test.ask(anonymous, CONFIRM, { input: { flow: other, code: test.codeOf(secret, 1) } });
  expect(taken.data).toEqual({ totpEnrollmentConfirm: { __typename: 'CodeRefused' } });
  const signedIn = await test.signIn({ ...newcomer, totpSecret: secret });
  expect(signedIn.__typename).toBe('SessionIssued');
});

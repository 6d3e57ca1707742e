// A passkey is a better key than the password beside it. The hole: everybody's password is replaced because others may know it, and
// whoever has a passkey never hears of it, so that the old password goes on opening the account.
import { outcome, signedIn } from '../people/people-for-tests.ts';
import { passkeyPeople } from '../factors/passkeys/people-for-tests.ts';
import { CHANGE_EXPIRED } from '../password-change/operations-for-tests.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const ROTATE = `mutation ($input: RotateAllCredentialsInput!) { rotateAllCredentials(input: $input) { passwords sessionsEnded } }`;
const ANOTHER = 'Harbour-Violet-73-Canyon';

it('[AUT-10] [AUT-11] after everything was replaced a passkey opens nothing before another password is chosen, and then does', async () => {
  const organizationId = await test.organization();
  const people = passkeyPeople(test);
  const { authenticator } = await people.client({ organizationId });
  const before = await people.signIn(organizationId, authenticator);
  expect(before.__typename).toBe('SessionIssued');
  const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
  const input = { scope: 'CLIENTS', overlapMinutes: 0, reason: 'A laptop of ours was stolen last night.' };
  expect(outcome(await test.ask(manager.caller, ROTATE, { input }))).toEqual({
    passwords: 1,
    sessionsEnded: 2,
  });
  const held = await people.signIn(organizationId, authenticator);
  expect(held.__typename).toBe('PasswordChangeRequired');
  const change = async (flow: string | undefined) =>
    rootField<Step>(
      await test.ask(test.anonymous(organizationId), CHANGE_EXPIRED, {
        input: { flow, newPassword: ANOTHER },
      }),
    );
  const answers = await Promise.all([change(held.flow), change(held.flow)]);
  expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['SessionIssued', 'SignInRejected']);
  expect((await people.signIn(organizationId, authenticator)).__typename).toBe('SessionIssued');
});

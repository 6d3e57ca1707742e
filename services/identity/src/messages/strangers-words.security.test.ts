// Anybody can ask for a code to anybody's address. Were their words in that mail, the organization would carry them.
import { randomUUID } from 'node:crypto';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

it('[identity A40] an address that nobody has confirmed gets no word of whoever typed it in', async () => {
  const email = `person-${randomUUID()}@example.org`;
  const displayName = 'You have won, collect it at https://prize.example today';
  const { errors } = await test.ask(
    test.anonymous(await test.organization()),
    'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
    { input: { email, password: PASSWORD, displayName } },
  );
  expect(errors).toEqual([]);
  const [mail] = await test.mailsTo(email);
  expect(mail?.text).toMatch(/\b\d{8}\b/);
  expect(JSON.stringify(mail)).not.toMatch(/prize|collect it/);
});

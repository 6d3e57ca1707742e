import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';
import { newAddress, signInAsGuest, startGuest } from './guests-for-tests.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const eventsIn = (organizationId: string) =>
  test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ name: string; payload: unknown }>(
      `SELECT name, payload FROM outbox WHERE organization_id = $1 AND name LIKE 'client.%' ORDER BY name`,
      [organizationId],
    ),
  );

it('[BOK-01] a guest proves an address by its code and is a client, for an hour at most', async () => {
  const organizationId = await test.organization();
  const session = await signInAsGuest(test, { organizationId, email: newAddress() });
  const clientId = session.viewer?.id;
  expect(session.viewer).toMatchObject({ kind: 'CLIENT', roles: ['CLIENT'], secondFactor: false });
  const [, payload = ''] = (session.accessToken ?? '').split('.');
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ amr: ['email'] });
  expect(await eventsIn(organizationId)).toMatchObject([
    { name: 'client.registered', payload: { clientId } },
  ]);
  const [row] = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ minutes: number; idle: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::int / 60 AS minutes,
              extract(epoch FROM idle_expires_at - created_at)::int / 60 AS idle FROM session`,
    ),
  );
  expect(row).toEqual({ minutes: 60, idle: 15 });
  const refreshed = await test.step(
    test.anonymous(organizationId),
    `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename ... on SessionIssued { accessToken } } }`,
    { token: session.refreshToken },
  );
  const [, again = ''] = (refreshed.accessToken ?? '').split('.');
  expect(JSON.parse(Buffer.from(again, 'base64url').toString())).toMatchObject({ amr: ['email'] });
});

it('comes back with another code as the same client, and is not written to about new devices', async () => {
  const organizationId = await test.organization();
  const email = newAddress();
  const first = await signInAsGuest(test, { organizationId, email });
  const second = await signInAsGuest(test, { organizationId, email });
  expect(second.viewer?.id).toBe(first.viewer?.id);
  expect((await test.mailsTo(email)).map(({ subject }) => subject)).toEqual([
    'Your confirmation code',
    'Your confirmation code',
  ]);
  expect(await eventsIn(organizationId)).toHaveLength(1);
});

it('signs up later in the ordinary way and stays the same client, from then on by password', async () => {
  const organizationId = await test.organization();
  const email = newAddress();
  const guest = await signInAsGuest(test, { organizationId, email });
  const anonymous = test.anonymous(organizationId);
  expect(await test.start(anonymous, { email, password: PASSWORD })).toMatchObject({
    code: 'BAD_CREDENTIALS',
  });
  const { flow } = await test.step(
    anonymous,
    `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on SignUpAccepted { flow } } }`,
    { input: { email, password: PASSWORD, displayName: 'Zoë' } },
  );
  const mail = (await test.mailsTo(email)).at(-1);
  const code = /\b\d{8}\b/.exec(mail?.text ?? '')?.[0];
  const { data } = await test.ask(
    anonymous,
    `mutation ($input: ConfirmAddressInput!) { confirmAddress(input: $input) { ... on AddressConfirmed { clientId } } }`,
    { input: { flow, code } },
  );
  expect(data).toEqual({ confirmAddress: { clientId: guest.viewer?.id } });
  const signedIn = await test.start(anonymous, { email, password: PASSWORD });
  expect(signedIn.viewer?.id).toBe(guest.viewer?.id);
  await startGuest(test, { organizationId, email });
  expect((await test.mailsTo(email)).at(-1)?.subject).toBe('Somebody tried to sign up with your address');
});

it('[BOK-11] says of an address that is handed out for minutes only that it is one, also below such a domain', async () => {
  for (const domain of ['mailinator.com', 'deep.below.mailinator.com']) {
    const organizationId = await test.organization();
    const { viewer } = await signInAsGuest(test, { organizationId, email: newAddress(domain) });
    expect(await eventsIn(organizationId)).toMatchObject([
      { name: 'client.flagged', payload: { clientId: viewer?.id, reason: 'DISPOSABLE_ADDRESS' } },
      { name: 'client.registered', payload: { clientId: viewer?.id } },
    ]);
  }
});

it('writes in the language that was asked for, as far as it is known', async () => {
  const organizationId = await test.organization();
  await startGuest(test, { organizationId, email: newAddress(), language: 'de-at' });
  const rows = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query('SELECT language FROM account'),
  );
  expect(rows).toEqual([{ language: 'de-AT' }]);
});

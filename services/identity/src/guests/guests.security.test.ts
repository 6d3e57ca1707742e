/**
 * The hole this keeps closed: a mailbox is the weakest thing that opens anything, so a mailed code must never tell who has
 * an account, never be guessed, never be used twice, and never open an account that has a password.
 */
import { randomUUID } from 'node:crypto';
import { openTestIdentity, PASSWORD, rootField, type TestIdentity } from '../test-identity.ts';
import { CONFIRM_GUEST, newAddress, signInAsGuest, START_GUEST, startGuest } from './guests-for-tests.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
  // The organization's own keys are made by the first who needs them; nobody's answer depends on that.
  await startGuest(test, { organizationId, email: newAddress() });
});
afterAll(() => test.stop());

const confirm = async (flow: string, code: string) =>
  test.step(test.anonymous(organizationId), CONFIRM_GUEST, { input: { flow, code } });

/** Every statement of one request, without its values: what takes time, takes it here. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { dataSource } = test.databases.database;
  const seen: string[] = [];
  const createRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = createRunner(mode);
    const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<never>;
    runner.query = (...given: unknown[]) => {
      seen.push(String(given[0]).replaceAll(/\s+/g, ' ').trim().slice(0, 60));
      return query(...given);
    };
    return runner;
  };
  try {
    await work();
  } finally {
    dataSource.createQueryRunner = createRunner;
  }
  return seen;
}

const START_KINDS = ['new', 'guest', 'client with a password', 'member of staff'] as const;
async function addressOf(kind: (typeof START_KINDS)[number]): Promise<string> {
  if (kind === 'client with a password')
    return (await test.member({ organizationId, roles: ['CLIENT'] })).email;
  if (kind === 'member of staff') return (await test.member({ organizationId, roles: ['MANAGER'] })).email;
  const email = newAddress();
  if (kind === 'guest') await signInAsGuest(test, { organizationId, email });
  return email;
}

it('[identity A02] enumeration: known and unknown addresses get one answer, made by the same statements', async () => {
  const answers: { status: number; errors: unknown; data: string }[] = [];
  const statements: string[][] = [];
  for (const kind of START_KINDS) {
    const email = await addressOf(kind);
    const anonymous = test.anonymous(organizationId, { networkAddress: `198.51.100.${answers.length}` });
    await test.mailsTo(email);
    const made = await statementsOf(async () => {
      const input = { email, displayName: 'Somebody' };
      const { status, data, errors } = await test.ask(anonymous, START_GUEST, { input });
      answers.push({ status, errors, data: JSON.stringify(data).replace(/"[A-Za-z0-9_-]{43}"/, '"…"') });
    });
    statements.push(made.filter((text) => text.startsWith('INSERT')));
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.data).toContain('"flow":"…"');
  // Two transactions, each: what is counted, the claim with its key, the flow, the mail, the audit entry.
  const [first, ...others] = statements;
  expect(first?.length).toBeGreaterThan(5);
  for (const list of others) expect(list).toEqual(first);
});

it('[identity A02] enumeration: a wrong code is answered alike for a new address, a guest and a password account', async () => {
  const answers = [];
  for (const kind of START_KINDS) {
    const flow = await startGuest(test, { organizationId, email: await addressOf(kind) });
    const { status, data, errors } = await test.ask(test.anonymous(organizationId), CONFIRM_GUEST, {
      input: { flow, code: '00000000' },
    });
    answers.push(JSON.stringify({ status, data, errors }));
  }
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain('CodeRefused');
});

it('[identity A10] takeover: the owner of a password account is told to sign in, and no code exists that could', async () => {
  for (const kind of ['client with a password', 'member of staff'] as const) {
    const email = await addressOf(kind);
    await startGuest(test, { organizationId, email });
    const mails = await test.mailsTo(email);
    expect(mails.map(({ subject }) => subject)).toEqual(['Somebody tried to sign up with your address']);
    expect(mails[0]?.text).not.toMatch(/\b\d{8}\b/);
  }
  const [mailed] = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ count: number }>(
      `SELECT count(*)::int FROM auth_flow f JOIN account a ON a.id = f.account_id
       WHERE f.kind = 'GUEST' AND f.code_hash IS NOT NULL AND EXISTS (SELECT FROM account owner
         JOIN password_credential p ON p.account_id = owner.id WHERE owner.email_index = a.email_index)`,
    ),
  );
  expect(mailed?.count).toBe(0);
});

it('[identity A10] takeover: a code mailed to a guest opens nothing any more once the guest has a password', async () => {
  const email = newAddress();
  const before = await signInAsGuest(test, { organizationId, email });
  const flow = await startGuest(test, { organizationId, email });
  const code = await codeIn(email);
  await signUpWithPassword(email);
  expect(await confirm(flow, code)).toMatchObject({ __typename: 'CodeRefused' });
  const old = await test.ask(
    test.anonymous(organizationId),
    'mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename } }',
    { token: before.refreshToken },
  );
  expect(old.data).toEqual({ refreshSession: { __typename: 'SessionEnded' } });
});

it('[identity A10] takeover: the database refuses the session too', async () => {
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const insert = test.databases.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO session (id, organization_id, account_id, device_id, flow_id, kind, second_factor, method, refresh_counter,
         rotated_at, authenticated_at, created_at, last_seen_at, idle_expires_at, expires_at)
       VALUES ($1, $2, $3, $1, $1, 'CLIENT', false, 'MAIL_CODE', 1, now(), now(), now(), now(), now(), now())`,
      [randomUUID(), organizationId, client.id],
    ),
  );
  await expect(insert).rejects.toMatchObject({
    driverError: { constraint: 'no_mailed_code_opens_an_account_with_a_password' },
  });
});

it('[identity A07] brute force: five codes end a flow, ten within the hour the address, over all its flows', async () => {
  const email = newAddress();
  let flow = '';
  for (let flows = 0; flows < 3; flows += 1) {
    flow = await startGuest(test, { organizationId, email });
    const right = await codeIn(email);
    const wrong = right === '11111111' ? '22222222' : '11111111';
    for (let turn = 0; turn < 4; turn += 1)
      expect(await confirm(flow, wrong)).toMatchObject({ __typename: 'CodeRefused' });
  }
  // The flow has an attempt left, its code is right, and still nobody is let in.
  expect(await confirm(flow, await codeIn(email))).toMatchObject({ __typename: 'CodeRefused' });
  // Whoever guesses keeps the guest out of nothing, who is somewhere else (A08).
  const own = test.anonymous(organizationId, { networkAddress: '198.51.100.77' });
  const input = { flow: await startGuest(test, { organizationId, email }), code: await codeIn(email) };
  expect((await test.step(own, CONFIRM_GUEST, { input })).__typename).toBe('SessionIssued');
  const other = newAddress();
  const spent = await startGuest(test, { organizationId, email: other });
  for (let turn = 0; turn < 5; turn += 1) await confirm(spent, '11111111');
  expect(await confirm(spent, await codeIn(other))).toMatchObject({ __typename: 'CodeRefused' });
});

it('[identity A21] replay: of many who show one code at once, one is signed in, and nobody later', async () => {
  const email = newAddress();
  const flow = await startGuest(test, { organizationId, email });
  const code = await codeIn(email);
  const steps = await Promise.all(Array.from({ length: 4 }, () => confirm(flow, code)));
  expect(steps.map(({ __typename }) => __typename).toSorted()).toEqual([
    'CodeRefused',
    'CodeRefused',
    'CodeRefused',
    'SessionIssued',
  ]);
  expect(await confirm(flow, code)).toMatchObject({ __typename: 'CodeRefused' });
});

it('[identity A22] a code is good for its own flow, for ten minutes and in its own organization', async () => {
  const email = newAddress();
  const flow = await startGuest(test, { organizationId, email });
  const code = await codeIn(email);
  const other = await startGuest(test, { organizationId, email: newAddress() });
  expect(await confirm(other, code)).toMatchObject({ __typename: 'CodeRefused' });
  const elsewhere = test.anonymous(await test.organization());
  expect(await test.step(elsewhere, CONFIRM_GUEST, { input: { flow, code } })).toMatchObject({
    __typename: 'CodeRefused',
  });
  const confirmAddress = `mutation ($input: ConfirmAddressInput!) { confirmAddress(input: $input) { __typename } }`;
  expect(
    await test.step(test.anonymous(organizationId), confirmAddress, { input: { flow, code } }),
  ).toMatchObject({ __typename: 'CodeRefused' });
  test.clock.advance(10 * 60_000);
  expect(await confirm(flow, code)).toMatchObject({ __typename: 'CodeRefused' });
});

it('[identity A24] a guest’s session cannot change how one signs in', async () => {
  const session = await signInAsGuest(test, { organizationId, email: newAddress() });
  const { errors } = await test.ask(test.callerFrom(session), 'mutation { totpEnrollmentStart { secret } }');
  expect(errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
});

it.each([
  ['email', { email: 'a@b.com,evil@x.example' }],
  ['email', { email: 'x'.repeat(10_000) }],
  ['displayName', { displayName: ' \u202e ' }],
  ['displayName', { displayName: 'n'.repeat(121) }],
  ['phone', { phone: 'call me' }],
  ['language', { language: 'de_AT; DROP TABLE' }],
])('refuses a %s that cannot be used, and says which', async (field, wrong) => {
  const { errors } = await test.ask(test.anonymous(organizationId), START_GUEST, {
    input: { email: newAddress(), displayName: 'Somebody', ...wrong },
  });
  expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field });
});

it('is refused after thirty accounts asked for from one network within the hour', async () => {
  const anonymous = test.anonymous(organizationId, { networkAddress: '203.0.113.77' });
  const input = { displayName: 'Somebody' };
  const ask = () => test.ask(anonymous, START_GUEST, { input: { ...input, email: newAddress() } });
  for (let turn = 0; turn < 30; turn += 1) expect((await ask()).errors).toEqual([]);
  expect((await ask()).errors[0]?.extensions?.code).toBe('RATE_LIMITED');
});

const codeIn = async (email: string): Promise<string> =>
  /\b\d{8}\b/.exec(
    (await test.mailsTo(email)).findLast(({ subject }) => /code/.test(subject))?.text ?? '',
  )?.[0] ?? 'none';

async function signUpWithPassword(email: string): Promise<void> {
  const answer = await test.ask(
    test.anonymous(organizationId),
    'mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignUpAccepted { flow } } }',
    { input: { email, password: PASSWORD, displayName: 'Somebody' } },
  );
  const { flow } = rootField<{ flow: string }>(answer);
  const { data: confirmed } = await test.ask(
    test.anonymous(organizationId),
    'mutation ($input: ConfirmAddressInput!) { confirmAddress(input: $input) { __typename } }',
    { input: { flow, code: await codeIn(email) } },
  );
  expect(confirmed).toEqual({ confirmAddress: { __typename: 'AddressConfirmed' } });
}

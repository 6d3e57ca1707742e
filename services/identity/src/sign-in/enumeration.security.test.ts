// Nobody learns from an answer whether somebody has an account here.
import { randomUUID } from 'node:crypto';
import { openTestIdentity, rootField, PASSWORD, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on SignUpAccepted { flow } } }`;

/** An answer without what is random in every answer. */
const shapeOf = ({ status, data, errors, headers }: Awaited<ReturnType<TestIdentity['ask']>>) => ({
  status,
  errors,
  data: JSON.stringify(data).replace(/"flow":"[A-Za-z0-9_-]{43}"/, '"flow":"…"'),
  headers: [...headers].filter(([name]) => name !== 'date'),
});

it('[identity A02] signing up with a known address gets the same answer; its owner gets a mail and no session', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const input = { password: PASSWORD, displayName: 'Somebody' };
  const known = await test.ask(test.anonymous(organizationId), SIGN_UP, {
    input: { ...input, email: client.email },
  });
  const unknown = await test.ask(test.anonymous(organizationId), SIGN_UP, {
    input: { ...input, email: `new-${randomUUID()}@example.org` },
  });
  expect(shapeOf(known)).toEqual(shapeOf(unknown));
  const mails = await test.mailsTo(client.email);
  expect(mails.map(({ subject }) => subject)).toEqual(['Somebody tried to sign up with your address']);
  expect(mails[0]?.text).not.toMatch(/\b\d{8}\b/);
});

it('[identity A02] no code confirms the flow of a known address', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { data } = await test.ask(test.anonymous(organizationId), SIGN_UP, {
    input: { password: PASSWORD, displayName: 'Somebody', email: client.email },
  });
  const { flow } = rootField<{ flow: string }>({ data });
  await test.databases.database.transaction(organizationId, async (tx) => {
    expect(await tx.query('SELECT account_id, code_hash FROM auth_flow')).toEqual([
      { account_id: null, code_hash: null },
    ]);
  });
  for (const code of ['', '00000000', '12345678']) {
    const answer = await test.ask(
      test.anonymous(organizationId),
      'mutation ($input: ConfirmAddressInput!) { confirmAddress(input: $input) { __typename } }',
      { input: { flow, code } },
    );
    expect(answer.data).toEqual({ confirmAddress: { __typename: 'CodeRefused' } });
  }
});

it('[identity A03] asking for another code is answered alike for waiting, decoy, unknown and foreign flows', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const email = `new-${randomUUID()}@example.org`;
  const flowFor = async (address: string) => {
    const { data } = await test.ask(test.anonymous(organizationId), SIGN_UP, {
      input: { password: PASSWORD, displayName: 'Somebody', email: address },
    });
    return rootField<{ flow: string }>({ data }).flow;
  };
  const flows = [await flowFor(email), await flowFor(client.email), 'unknown', randomUUID()];
  const answers = [];
  for (const flow of flows) {
    answers.push(
      shapeOf(
        await test.ask(
          test.anonymous(organizationId),
          'mutation ($flow: ID!) { challengePrepare(flow: $flow, factor: EMAIL_CODE) { factor message } }',
          { flow },
        ),
      ),
    );
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await test.mailsTo(email)).toHaveLength(2);
});

it('[identity A03] four codes an hour go to one address for whoever asks from one network, and nobody is told that it was enough', async () => {
  const organizationId = await test.organization();
  const email = `new-${randomUUID()}@example.org`;
  for (let turn = 0; turn < 8; turn += 1) {
    const answer = await test.ask(test.anonymous(organizationId), SIGN_UP, {
      input: { password: PASSWORD, displayName: 'Somebody', email },
    });
    expect(shapeOf(answer).data).toContain('SignUpAccepted');
  }
  expect(await test.mailsTo(email)).toHaveLength(4);
});

it('[identity A01] an unknown address is refused in the same words, before and after the lock', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const attempts = async (email: string) => {
    const answers = [];
    for (let turn = 1; turn <= 7; turn += 1) {
      const input = { email, password: `Wrong-Password-${turn}` };
      const query = `mutation ($input: SignInStartInput!) { signInStart(input: $input) {
        ... on SignInRejected { code message retryAfterSeconds } } }`;
      answers.push(
        shapeOf(await test.ask(test.anonymous(organizationId, { networkAddress: null }), query, { input })),
      );
    }
    return answers;
  };
  expect(await attempts(`nobody-${randomUUID()}@example.org`)).toEqual(await attempts(client.email));
});

it('[identity A05] errors of documents and values name no field that was not asked for and no person', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const caller = test.anonymous(organizationId);
  const misspelt = await test.ask(caller, '{ viewer { displayNam client { emai } } }');
  expect(JSON.stringify(misspelt.errors)).not.toMatch(/did you mean|displayName|email"/i);
  const wrong = await test.ask(
    caller,
    'mutation ($input: SignInStartInput!) { signInStart(input: $input) { __typename } }',
    {
      input: { email: { is: client.email }, password: 'x' },
    },
  );
  expect(wrong.errors[0]?.extensions?.code).toBe('BAD_INPUT');
  expect(JSON.stringify(wrong.errors)).not.toContain(client.email);
});

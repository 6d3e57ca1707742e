import { randomUUID } from 'node:crypto';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';

const SIGN_UP = `mutation ($input: SignUpInput!) {
  signUp(input: $input) { __typename ... on SignUpAccepted { flow } ... on PasswordRefused { reasons { code message } } } }`;
const CONFIRM = `mutation ($input: ConfirmAddressInput!) {
  confirmAddress(input: $input) { __typename ... on AddressConfirmed { clientId } ... on CodeRefused { message } } }`;

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const newEmail = () => `person-${randomUUID()}@example.org`;

async function signUp(organizationId: string, input: Record<string, unknown>) {
  const { data, errors } = await test.ask(test.anonymous(organizationId), SIGN_UP, {
    input: { password: PASSWORD, displayName: 'Zoë أحمد 🌱', ...input },
  });
  return {
    answer: data?.['signUp'] as { __typename: string; flow: string; reasons: { code: string }[] },
    errors,
  };
}

async function confirm(organizationId: string, flow: string, code: string) {
  const { data } = await test.ask(test.anonymous(organizationId), CONFIRM, { input: { flow, code } });
  return data?.['confirmAddress'] as { __typename: string; clientId?: string };
}

async function codeFor(email: string): Promise<string> {
  const mail = (await test.mailsTo(email)).findLast(({ subject }) => /code/.test(subject));
  return /\b\d{8}\b/.exec(mail?.text ?? '')?.[0] ?? 'none';
}

describe('a client signs up', () => {
  it('with the code from the mail, and then signs in with the password alone', async () => {
    const organizationId = await test.organization();
    const email = newEmail();
    const { answer } = await signUp(organizationId, {
      email,
      phone: '+44 20 7946 0018',
      timeZone: 'Asia/Kathmandu',
    });
    const confirmed = await confirm(organizationId, answer.flow, await codeFor(email));
    expect(confirmed.__typename).toBe('AddressConfirmed');
    const step = await test.start(test.anonymous(organizationId), {
      email: email.toUpperCase(),
      password: PASSWORD,
    });
    expect(step).toMatchObject({
      __typename: 'SessionIssued',
      viewer: { id: confirmed.clientId, secondFactor: false },
    });
    const { data } = await test.ask(
      test.callerFrom(step),
      '{ viewer { kind client { displayName email phone } organization { name } sessions { current } factors { kind } } }',
    );
    expect(data?.['viewer']).toEqual({
      kind: 'CLIENT',
      client: { displayName: 'Zoë أحمد 🌱', email, phone: '+442079460018' },
      organization: { name: 'Riverside Practice' },
      sessions: [{ current: true }],
      factors: [],
    });
  });

  it('and cannot sign in before the address is confirmed; only the right password learns why', async () => {
    const organizationId = await test.organization();
    const email = newEmail();
    await signUp(organizationId, { email });
    const anonymous = test.anonymous(organizationId);
    expect(await test.start(anonymous, { email, password: PASSWORD })).toMatchObject({
      code: 'ADDRESS_UNCONFIRMED',
    });
    expect(await test.start(anonymous, { email, password: 'Another-Word-77-Lake' })).toMatchObject({
      code: 'BAD_CREDENTIALS',
    });
  });

  it('and a stranger who claimed the address first has won nothing', async () => {
    const organizationId = await test.organization();
    const email = newEmail();
    await signUp(organizationId, { email, password: 'Strangers-Own-31-Gravel' });
    test.clock.advance(1_000);
    const { answer } = await signUp(organizationId, { email });
    expect((await confirm(organizationId, answer.flow, await codeFor(email))).__typename).toBe(
      'AddressConfirmed',
    );
    const anonymous = test.anonymous(organizationId);
    expect(await test.start(anonymous, { email, password: PASSWORD })).toMatchObject({
      __typename: 'SessionIssued',
    });
    expect(await test.start(anonymous, { email, password: 'Strangers-Own-31-Gravel' })).toMatchObject({
      code: 'BAD_CREDENTIALS',
    });
  });

  it('and two claims to one address, proven at the same instant, make one account', async () => {
    const organizationId = await test.organization();
    const email = newEmail();
    const flows: { flow: string; code: string }[] = [];
    for (let claim = 0; claim < 2; claim += 1) {
      const { answer } = await signUp(organizationId, { email });
      flows.push({ flow: answer.flow, code: await codeFor(email) });
      test.clock.advance(1_000);
    }
    const outcomes = await Promise.all(flows.map(({ flow, code }) => confirm(organizationId, flow, code)));
    expect(outcomes.map(({ __typename }) => __typename).toSorted()).toEqual([
      'AddressConfirmed',
      'CodeRefused',
    ]);
  });

  it('tells every rule a password breaks', async () => {
    const { answer } = await signUp(await test.organization(), { email: newEmail(), password: 'qzkwx' });
    expect(answer.reasons.map(({ code }) => code)).toEqual([
      'TOO_SHORT',
      'NO_UPPER_CASE',
      'NO_DIGIT',
      'NO_OTHER_CHARACTER',
    ]);
  });

  it.each([
    ['email', { email: 'a@b.com,evil@x.example' }],
    ['email', { email: 'nobody' }],
    ['displayName', { email: newEmail(), displayName: ' \u202e ' }],
    ['phone', { email: newEmail(), phone: 'call me' }],
    ['timeZone', { email: newEmail(), timeZone: 'Mars/Olympus' }],
  ])('refuses a %s that cannot be used, and says which', async (field, input) => {
    const { errors } = await signUp(await test.organization(), input);
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_INPUT',
      field: expect.stringContaining(field) as string,
    });
  });

  it('refuses a code that is too old, and sends a new one when asked', async () => {
    const organizationId = await test.organization();
    const email = newEmail();
    const { answer } = await signUp(organizationId, { email });
    const old = await codeFor(email);
    test.clock.advance(10 * 60_000);
    expect((await confirm(organizationId, answer.flow, old)).__typename).toBe('CodeRefused');
    await test.ask(
      test.anonymous(organizationId),
      'mutation ($flow: ID!) { challengePrepare(flow: $flow, factor: EMAIL_CODE) { message } }',
      { flow: answer.flow },
    );
    expect((await confirm(organizationId, answer.flow, await codeFor(email))).__typename).toBe(
      'AddressConfirmed',
    );
  });

  it.each([
    ['+44 20 7946 0018', 'GB'],
    ['+1 876 555 1234', 'JM'],
    ['+999 123 4567', null],
  ])(
    '[PAY-03] of the telephone %s no digit is told, and where it is only as far as that is certain',
    async (phone, country) => {
      const organizationId = await test.organization();
      const email = newEmail();
      const { answer } = await signUp(organizationId, { email, phone });
      const { clientId } = await confirm(organizationId, answer.flow, await codeFor(email));
      const events = await test.databases.database.transaction(organizationId, (tx) =>
        tx.query<{ name: string; payload: unknown }>(
          'SELECT name, payload FROM outbox WHERE organization_id = $1',
          [organizationId],
        ),
      );
      expect(events.filter(({ name }) => name === 'phone.noted')).toEqual(
        country === null ? [] : [{ name: 'phone.noted', payload: { clientId, country } }],
      );
      expect(JSON.stringify(events)).not.toContain(phone.replaceAll(/\D/g, '').slice(-7));
    },
  );

  it('tells the other services, and the audit log, in the same transaction', async () => {
    const organizationId = await test.organization();
    const email = newEmail();
    const { answer } = await signUp(organizationId, { email });
    const { clientId } = await confirm(organizationId, answer.flow, await codeFor(email));
    const events = await test.databases.database.transaction(organizationId, (tx) =>
      tx.query<{ name: string; payload: unknown }>(
        'SELECT name, payload FROM outbox WHERE organization_id = $1',
        [organizationId],
      ),
    );
    expect(events).toContainEqual({
      name: 'client.registered',
      payload: { clientId, timeZone: 'Europe/London' },
    });
    expect(await test.audit(organizationId)).toContainEqual(
      expect.objectContaining({
        action: 'user_created',
        outcome: 'success',
        subject: { type: 'Account', id: clientId },
      }),
    );
    expect(JSON.stringify(events)).not.toContain(email);
  });
});

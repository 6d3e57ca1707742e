// The hole this keeps closed: a code that is sent is taken for more than it is, guessed, used twice, used for something else,
// or sent to whoever makes money with it.
import { randomUUID } from 'node:crypto';
import { openTexts, TextNotTaken } from '../sms/send-text.ts';
import { writeCodeText } from '../sms/write-text.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';
import type { Member } from '../accounts/enter-member.ts';
import { newTotpSecret } from './totp.ts';

let test: TestIdentity;
let organizationId: string;
let numbers = 0;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 12 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  organizationId = await test.organization();
});

const client = () => test.member({ organizationId, roles: ['CLIENT'] });
const anonymous = () => test.anonymous(organizationId);
const PREPARE = `mutation ($flow: ID!, $factor: FactorKind!) { challengePrepare(flow: $flow, factor: $factor) { message } }`;
const prepare = (flow: string | undefined, factor: string) =>
  test.ask(anonymous(), PREPARE, { flow, factor });
const lastCodeTo = async (to: string) =>
  /\b\d{8}\b/.exec((await test.mailsTo(to)).at(-1)?.text ?? '')?.[0] ?? 'none';
const enable = (session: Step, factor: string) =>
  test.ask(test.callerFrom(session), `mutation { codeFactorEnable(factor: ${factor}) { enabled } }`);
const codeOf = (answer: Awaited<ReturnType<typeof enable>>) => answer.errors[0]?.extensions?.code;
const STEP_UP = 'mutation ($hash: String) { stepUpStart(operationHash: $hash) { flow factors } }';
const claimsOf = ({ accessToken = '' }: Step) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** A client with a number, and a code on it that was confirmed. */
async function withPhone(): Promise<{ member: Member; session: Step; phone: string }> {
  const member = await client();
  const phone = `+44207946${String((numbers += 1)).padStart(4, '1')}`;
  const session = await test.signIn(member);
  const caller = test.callerFrom(session);
  await test.databases.database.transaction(organizationId, async (tx) => {
    const place = {
      subjectId: member.id,
      fieldClass: 'contact',
      table: 'account',
      column: 'phone',
      rowId: member.id,
    } as const;
    await tx.query('UPDATE account SET phone = $2 WHERE id = $1', [
      member.id,
      await test.identity.keyring.seal(tx, place, phone),
    ]);
  });
  const started = await test.ask(caller, 'mutation { phoneConfirmationStart { flow } }');
  const { flow } = rootField<{ flow: string }>(started);
  const FINISH = `mutation ($input: PhoneConfirmationInput!) { phoneConfirmationFinish(input: $input) { __typename } }`;
  const finish = async (code: string) =>
    rootField<Step>(await test.ask(caller, FINISH, { input: { flow, code } })).__typename;
  expect(await finish('00000000')).toBe('CodeRefused');
  expect(await finish(await lastCodeTo(phone))).toBe('PhoneConfirmed');
  return { member, session, phone };
}

it('whoever has no number hears it before they wait for a text', async () => {
  const caller = test.callerFrom(await test.signIn(await client()));
  const { data, errors } = await test.ask(caller, 'mutation { phoneConfirmationStart { flow } }');
  expect(data).toBeNull();
  expect(errors[0]).toMatchObject({
    message: expect.stringContaining('no telephone number') as unknown,
    extensions: { code: 'BAD_INPUT' },
  });
});

it.each(['EMAIL_CODE', 'SMS_CODE'])(
  '[AUT-02] a client signs in with a code by %s: eight digits, once, five minutes, five guesses',
  async (factor) => {
    const { member, session, phone } = await withPhone();
    const to = factor === 'SMS_CODE' ? phone : member.email;
    expect((await enable(session, factor)).data).toEqual({ codeFactorEnable: { enabled: true } });
    const begin = async () => {
      const step = await test.start(anonymous(), member);
      expect(step).toMatchObject({ __typename: 'ChallengeRequired', factors: [factor] });
      return step.flow ?? '';
    };
    const answer = (flow: string, code: string) => test.answer(anonymous(), { flow, factor, code });
    // Nothing was sent for this flow yet: no code of before is one of it.
    const flow = await begin();
    expect((await answer(flow, await lastCodeTo(to))).code).toBe('CODE_REFUSED');
    await prepare(flow, factor);
    const code = await lastCodeTo(to);
    expect(code).toMatch(/^\d{8}$/);
    const both = await Promise.all([answer(flow, code), answer(flow, code)]);
    expect(both.map(({ __typename }) => __typename).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'SessionIssued',
      'SignInRejected',
    ]);
    const issued = both.find(({ accessToken }) => accessToken !== undefined) ?? both[0];
    expect(issued && claimsOf(issued)).toMatchObject({ acr: 'RESTRICTED', sf: true });

    const late = await begin();
    await prepare(late, factor);
    const old = await lastCodeTo(to);
    test.clock.advance(5 * 60_000);
    expect((await answer(late, old)).code).toBe('CODE_REFUSED');

    const guessed = await begin();
    await prepare(guessed, factor);
    for (let guess = 0; guess < 5; guess += 1) await answer(guessed, '00000000');
    expect((await answer(guessed, await lastCodeTo(to))).code).toBe('FLOW_EXPIRED');
  },
);

it('[identity A22] a code answers the flow and the factor it was sent for, and no other', async () => {
  const { member, session, phone } = await withPhone();
  await enable(session, 'EMAIL_CODE');
  const { flow: begun } = await test.start(anonymous(), member);
  await prepare(begun, 'EMAIL_CODE');
  const first = await lastCodeTo(member.email);
  const strong = await test.answer(anonymous(), { flow: begun ?? '', factor: 'EMAIL_CODE', code: first });
  expect((await enable(strong, 'SMS_CODE')).errors).toEqual([]);
  const [one, other] = [await test.start(anonymous(), member), await test.start(anonymous(), member)];
  await prepare(one.flow, 'EMAIL_CODE');
  const code = await lastCodeTo(member.email);
  const answer = (flow: string | undefined, factor: string) =>
    test.answer(anonymous(), { flow: flow ?? '', factor, code });
  expect((await answer(other.flow, 'EMAIL_CODE')).code).toBe('CODE_REFUSED');
  expect((await answer(one.flow, 'SMS_CODE')).code).toBe('CODE_REFUSED');
  // Another one on its way: the first is not good any more.
  await prepare(one.flow, 'SMS_CODE');
  expect(await answer(one.flow, 'EMAIL_CODE')).toMatchObject({ code: 'CODE_REFUSED' });
  expect((await test.mailsTo(phone)).length).toBeGreaterThan(1);
});

it('[AUT-02] staff have no code by mail or text: not to sign in, not to prove themselves again, not in the database', async () => {
  const desk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const session = await test.signIn(desk);
  expect(codeOf(await enable(session, 'EMAIL_CODE'))).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  const begun = rootField<Step>(await test.ask(test.callerFrom(session), STEP_UP));
  expect(begun.factors).toEqual(['TOTP', 'RECOVERY_CODE']);
  await prepare(begun.flow, 'EMAIL_CODE');
  expect(await test.mailsTo(desk.email)).toEqual([]);
  const refused = await test.answer(test.callerFrom(session), {
    flow: begun.flow ?? '',
    factor: 'EMAIL_CODE',
    code: '12345678',
  });
  expect(refused.code).toBe('CODE_REFUSED');
  const written = test.databases.database.transaction(organizationId, (tx) =>
    tx.query("INSERT INTO code_factor VALUES ($1, $2, $3, 'EMAIL_CODE', now())", [
      randomUUID(),
      organizationId,
      desk.id,
    ]),
  );
  await expect(written).rejects.toThrow('codes by mail or text are for clients');
});

it('[identity A20] a mailed code after a mailed reset is the same mailbox twice, and no second factor', async () => {
  const member = await client();
  await enable(await test.signIn(member), 'EMAIL_CODE');
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query("UPDATE password_credential SET set_by = 'MAIL' WHERE account_id = $1", [member.id]),
  );
  const step = await test.start(anonymous(), member);
  expect(step.__typename).toBe('SessionIssued');
  expect(claimsOf(step)).toMatchObject({ acr: 'PASSWORD', sf: false });
  // Nor is it one when the session proves itself again.
  const { flow = '', factors } = rootField<Step>(await test.ask(test.callerFrom(step), STEP_UP));
  expect(factors).toEqual(['EMAIL_CODE']);
  await prepare(flow, 'EMAIL_CODE');
  const code = await lastCodeTo(member.email);
  const again = await test.answer(test.callerFrom(step), { flow, factor: 'EMAIL_CODE', code });
  expect(again.__typename).toBe('SessionIssued');
  expect(claimsOf(again)).toMatchObject({ acr: 'PASSWORD', sf: false });
});

it('[identity A24] a session of an authenticator is freshened with one: a mailed code would else replace it', async () => {
  const owner = await test.member({ organizationId, roles: ['CLIENT'], totpSecret: newTotpSecret() });
  const session = await test.signIn(owner);
  await enable(session, 'EMAIL_CODE');
  test.clock.advance(24 * 3_600_000);
  const late = await test.signIn(owner);
  test.clock.advance(10 * 60_000);
  const { flow = '', factors } = rootField<Step>(await test.ask(test.callerFrom(late), STEP_UP));
  expect(factors).toEqual(['TOTP', 'RECOVERY_CODE']);
  await prepare(flow, 'EMAIL_CODE');
  expect((await test.mailsTo(owner.email)).filter(({ text }) => /\b\d{8}\b/.test(text))).toEqual([]);
  const caller = test.callerFrom(late);
  const answer = await test.answer(caller, { flow, factor: 'EMAIL_CODE', code: '12345678' });
  expect(answer.code).toBe('CODE_REFUSED');
});

it('[identity A24] a factor is switched on and off by whoever has shown the one they have, a moment ago', async () => {
  const { session, phone } = await withPhone();
  await enable(session, 'SMS_CODE');
  // Told by mail and on the proven number, where no link stands and no code.
  const told = (await test.mailsTo(phone)).at(-1)?.text ?? '';
  expect(told).toContain('How you sign in at Riverside Practice was changed');
  expect(told).not.toMatch(/http|\d{8}/);
  // Opened with the password alone, before there was a factor.
  expect(codeOf(await enable(session, 'EMAIL_CODE'))).toBe('STEP_UP_REQUIRED');
  const passkey = await test.ask(
    test.callerFrom(session),
    'mutation { passkeyRegistrationStart { __typename } }',
  );
  expect(passkey.errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  const disable = 'mutation { codeFactorDisable(factor: SMS_CODE) { enabled } }';
  expect((await test.ask(test.callerFrom(session), disable)).errors[0]?.extensions?.code).toBe(
    'STEP_UP_REQUIRED',
  );
});

it('[identity A28] texts are few for a number, and nobody hears that there are none left', async () => {
  const { member, session, phone } = await withPhone();
  await enable(session, 'SMS_CODE');
  const step = await test.start(anonymous(), member);
  const before = (await test.mailsTo(phone)).length;
  const answers = await Promise.all(Array.from({ length: 12 }, () => prepare(step.flow, 'SMS_CODE')));
  expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  expect((await test.mailsTo(phone)).length - before).toBeLessThanOrEqual(5);
});

it('[ADV-04] proving it again freshens the session; bound to an operation it says nothing of any other', async () => {
  const desk = await test.member({ organizationId, roles: ['FRONT_DESK'] });
  const session = await test.signIn(desk);
  const before = claimsOf(session)['auth_time'];
  test.clock.advance(10 * 60_000);
  const caller = test.callerFrom(session);
  const stepUp = async (hash?: string) => {
    const { flow = '' } = rootField<Step>(await test.ask(caller, STEP_UP, { hash }));
    test.clock.advance(30_000);
    return test.answer(caller, { flow, code: test.codeOf(desk.totpSecret) });
  };
  const hash = 'a'.repeat(43);
  const bound = await stepUp(hash);
  expect(claimsOf(bound)).toMatchObject({ auth_time: before, sud: { hash }, sid: caller.sessionId });
  const fresh = claimsOf(await stepUp());
  expect(fresh['auth_time']).toBe(Math.floor(test.clock().getTime() / 1000));
  expect((fresh['sud'] as object | undefined) ?? {}).not.toHaveProperty('hash');
  expect((await test.ask(caller, STEP_UP, { hash: 'short' })).errors[0]?.extensions?.code).toBe('BAD_INPUT');
  // Nobody else answers for this session, with the right code neither: another session of the same person, or none (A22).
  const strange = rootField<Step>(await test.ask(caller, STEP_UP)).flow ?? '';
  const other = test.callerFrom(await test.signIn(desk));
  for (const by of [anonymous(), other]) {
    test.clock.advance(30_000);
    const code = test.codeOf(desk.totpSecret);
    expect((await test.answer(by, { flow: strange, code })).code).toBe('FLOW_EXPIRED');
  }
  // A session that was ended proves nothing any more.
  const { flow = '' } = rootField<Step>(await test.ask(caller, STEP_UP));
  await test.ask(caller, 'mutation { signOutEverywhere { endedAt } }');
  test.clock.advance(30_000);
  const over = await test.answer(caller, { flow, code: test.codeOf(desk.totpSecret) });
  expect(over.code).toBe('FLOW_EXPIRED');
});

it('a text has the code and the business, and nothing that a stranger could have put there', () => {
  const text = writeCodeText('de-AT', {
    organizationName: 'Praxis\nhttps://evil.example/x',
    code: '12345678',
  });
  expect(text).toBe(
    '12345678 ist Ihr Code für Praxis https   evil example x. Er gilt 5 Minuten. Wir fragen nie danach.',
  );
  expect(text.length).toBeLessThanOrEqual(160);
});

it('a provider that refuses or is away is told apart, and no number stands in what is written down', async () => {
  const port = 9;
  const texts = openTexts({
    url: `http://127.0.0.1:${port}`,
    account: 'AC1',
    token: 'a-token-of-no-value',
    from: '+15005550006',
    development: true,
  });
  const failed = await texts.send({ to: '+442079460000', text: 'x' }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(TextNotTaken);
  expect(failed).toMatchObject({ permanent: false, status: null });
  expect(JSON.stringify(failed) + String(failed)).not.toContain('4420');
  await texts.stop();
});

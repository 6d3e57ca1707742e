// The hole this keeps closed: asking for another password tells who has an account, or opens one past its second factor.
import { request } from 'node:http';
import { PASSPORT_HEADER } from '@kept/passport';
import { callerOf, passportFor } from '@kept/testing';
import { newAddress, signInAsGuest } from '../guests/guests-for-tests.ts';
import { lockAccount } from '../lockout/hard-lock.ts';
import { countStatements } from '../password-change/count-statements-for-tests.ts';
import {
  CHANGE,
  RESET_CONFIRM,
  RESET_START,
  type PasswordAnswer,
} from '../password-change/operations-for-tests.ts';
import type { Member } from '../accounts/enter-member.ts';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';
import { startPasswordReset } from './start-password-reset.ts';

const NEXT = 'Copper-Meadow-81-Violin';
let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());
beforeEach(async () => {
  organizationId = await test.organization();
});

const client = () => test.member({ organizationId, roles: ['CLIENT'] });
const desk = () => test.member({ organizationId, roles: ['FRONT_DESK'] });
const anonymous = () => test.anonymous(organizationId);
const codes = ({ reasons = [] }: PasswordAnswer) => reasons.map(({ code }) => code);
const subjects = async ({ email }: Member) => (await test.mailsTo(email)).map(({ subject }) => subject);
const startReset = async (email: string) =>
  rootField<{ flow: string }>(await test.ask(anonymous(), RESET_START, { email })).flow;
const codeMailedTo = async (email: string) =>
  /\b\d{8}\b/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[0] ?? 'none';
const confirm = async (flow: string, code: string, newPassword: string) =>
  rootField<PasswordAnswer>(
    await test.ask(anonymous(), RESET_CONFIRM, { input: { flow, code, newPassword } }),
  );

it('[identity A03] asking to reset tells nothing: unknown, known, guest and closed addresses alike', async () => {
  const member = await client();
  const known = await test.ask(anonymous(), RESET_START, { email: member.email });
  const unknown = await test.ask(anonymous(), RESET_START, { email: 'nobody@example.org' });
  const shape = ({ data, errors }: typeof known) => [
    errors,
    Object.keys(data ?? {}),
    rootField<{ flow: string }>({ data }).flow.length,
  ];
  expect(shape(known)).toEqual(shape(unknown));
  expect(await subjects(member)).toEqual(['Your code to choose another password']);
  const wrong = await confirm(rootField<{ flow: string }>(unknown).flow, '12345678', NEXT);
  expect(wrong.__typename).toBe('CodeRefused');
  expect(await confirm(rootField<{ flow: string }>(known).flow, '00000000', NEXT)).toEqual(wrong);
});

it('[identity A03] every kind of account costs as many statements as none at all, and a wrong code is answered alike', async () => {
  const locked = await client();
  await test.databases.database.transaction(organizationId, (tx) =>
    lockAccount(test.identity, tx, {
      accountId: locked.id,
      cause: 'INCIDENT',
      lockedBy: null,
      reason: null,
      caller: callerOf({ kind: 'SERVICE' }),
      now: test.clock(),
    }),
  );
  const [guest, pending] = [newAddress(), newAddress()];
  await signInAsGuest(test, { organizationId, email: guest });
  await test.ask(anonymous(), 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
    input: { email: pending, password: NEXT, displayName: 'Not Yet' },
  });
  let network = 0;
  const reset = async (email: string) => {
    const counted = countStatements(test.identity);
    // Each from elsewhere: how many may be asked for from one network is another test's.
    const caller = test.anonymous(organizationId, { networkAddress: `198.51.100.${(network += 1)}` });
    const { flow } = await startPasswordReset(counted.identity, { caller, email });
    return {
      statements: counted.statements(),
      length: flow.length,
      wrong: await confirm(flow, '00000000', NEXT),
    };
  };
  await reset('first-reads-keys@example.org');
  const unknown = await reset('nobody@example.org');
  expect(unknown.wrong.__typename).toBe('CodeRefused');
  for (const email of [locked.email, (await client()).email, (await desk()).email, guest, pending])
    expect(await reset(email)).toEqual(unknown);
});

it('[identity A17] a guest gets a password through the mailbox alone, and what mailed codes had opened ends', async () => {
  const email = newAddress();
  const session = await signInAsGuest(test, { organizationId, email });
  const flow = await startReset(email);
  expect(await confirm(flow, await codeMailedTo(email), NEXT)).toMatchObject({
    __typename: 'PasswordChanged',
  });
  const { errors } = await test.ask(test.callerFrom(session), CHANGE, {
    input: { currentPassword: NEXT, newPassword: `${NEXT}-2` },
  });
  expect(errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  expect((await test.start(anonymous(), { email, password: NEXT })).__typename).toBe('SessionIssued');
});

it('[identity A17] a reset opens no session, asks for the second factor as ever, ends every session and device', async () => {
  const member = await desk();
  const session = await test.signIn(member);
  const flow = await startReset(member.email);
  const code = await codeMailedTo(member.email);
  // A code of one flow is none of another.
  expect((await confirm(await startReset(member.email), code, NEXT)).__typename).toBe('CodeRefused');
  expect(codes(await confirm(flow, code, 'short'))).toContain('TOO_SHORT');
  expect(await confirm(flow, code, NEXT)).toMatchObject({ __typename: 'PasswordChanged' });
  expect((await confirm(flow, code, `${NEXT}-2`)).__typename).toBe('CodeRefused');
  const [ended, devices] = await test.databases.database.transaction(organizationId, async (tx) => [
    await tx.query('SELECT end_reason FROM session WHERE id = $1', [test.callerFrom(session).sessionId]),
    await tx.query('SELECT 1 FROM device WHERE account_id = $1 AND revoked_at IS NULL', [member.id]),
  ]);
  expect([ended, devices]).toEqual([[{ end_reason: 'PASSWORD_CHANGED' }], []]);
  expect(await subjects(member)).toContain('Your password was changed');
  test.clock.advance(30_000);
  expect((await test.start(anonymous(), { ...member, password: NEXT })).__typename).toBe('ChallengeRequired');
});

it('[identity A07] codes are guessed five times for a flow, and ten times an hour for an account', async () => {
  const member = await client();
  const flow = await startReset(member.email);
  const code = await codeMailedTo(member.email);
  for (let guess = 0; guess < 5; guess += 1) await confirm(flow, '00000000', NEXT);
  expect((await confirm(flow, code, NEXT)).__typename).toBe('CodeRefused');
  const second = await startReset(member.email);
  for (let guess = 0; guess < 5; guess += 1) await confirm(second, '00000000', NEXT);
  const third = await startReset(member.email);
  expect((await confirm(third, await codeMailedTo(member.email), NEXT)).__typename).toBe('CodeRefused');
  // Whoever guesses keeps nobody but themselves from it (A08).
  const owner = test.anonymous(organizationId, { networkAddress: '198.51.100.77' });
  const { flow: own } = rootField<{ flow: string }>(
    await test.ask(owner, RESET_START, { email: member.email }),
  );
  const input = { flow: own, code: await codeMailedTo(member.email), newPassword: NEXT };
  expect(rootField<PasswordAnswer>(await test.ask(owner, RESET_CONFIRM, { input })).__typename).toBe(
    'PasswordChanged',
  );
});

it('[identity A39] the mail of a reset leads nowhere, whatever host the request named', async () => {
  const member = await client();
  const body = JSON.stringify({ query: RESET_START, variables: { email: member.email } });
  const passport = passportFor({ caller: anonymous(), service: 'identity', body, now: test.clock() });
  const headers = {
    'content-type': 'application/json',
    [PASSPORT_HEADER]: passport,
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    forwarded: 'host=evil.example',
    origin: 'https://evil.example',
  };
  // fetch does not let anybody name another host.
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(new URL('/graphql', test.url), { method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(body);
  });
  expect(status).toBe(200);
  const mail = (await test.mailsTo(member.email)).at(-1);
  expect(mail?.text).toMatch(/\b\d{8}\b/);
  const shown = `${mail?.text} ${mail?.html}`;
  expect(shown).not.toContain('evil');
  for (const [url] of shown.matchAll(/https?:\/\/[^\s"<]+/g)) expect(new URL(url).host).toBe('book.example');
});

it('[identity A03] resets that are asked for are counted by network, and a mailbox gets ten an hour at most', async () => {
  const member = await client();
  const from = (networkAddress: string) =>
    test.ask(test.anonymous(organizationId, { networkAddress }), RESET_START, { email: member.email });
  const answers = [];
  for (let turn = 0; turn < 40 && answers.at(-1)?.errors.length !== 1; turn += 1)
    answers.push(await from('203.0.113.7'));
  expect(answers.at(-1)?.errors[0]?.extensions?.code).toBe('RATE_LIMITED');
  // The whole rack is one network: it cannot use up what the owner needs.
  expect((await from('203.0.113.8')).errors).toEqual([]);
  expect(await subjects(member)).toHaveLength(4);
  for (const network of [1, 2, 3, 4]) {
    for (let turn = 0; turn < 4; turn += 1)
      expect((await from(`198.51.${100 + network}.1`)).errors).toEqual([]);
  }
  expect(await subjects(member)).toHaveLength(10);
});

it('[identity A08] strangers everywhere do not keep the owner from a reset where they have signed in before', async () => {
  const member = await client();
  const home = { networkAddress: '192.0.2.44' };
  await test.signIn(member, { caller: home });
  const stranger = async (last: number) =>
    test.ask(test.anonymous(organizationId, { networkAddress: `198.51.${last}.1` }), RESET_START, {
      email: member.email,
    });
  for (let network = 0; network < 12; network += 1) await stranger(network);
  expect((await subjects(member)).filter((subject) => subject.includes('another password'))).toHaveLength(10);
  const owner = test.anonymous(organizationId, home);
  const { flow } = rootField<{ flow: string }>(await test.ask(owner, RESET_START, { email: member.email }));
  const input = { flow, code: await codeMailedTo(member.email), newPassword: NEXT };
  expect(rootField<PasswordAnswer>(await test.ask(owner, RESET_CONFIRM, { input })).__typename).toBe(
    'PasswordChanged',
  );
});

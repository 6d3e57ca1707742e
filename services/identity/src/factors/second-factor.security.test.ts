// A second factor is worth what its weakest path is worth: no step left out, no code used twice, no guessing at the side.
import type { Member } from '../accounts/enter-member.ts';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
});
afterAll(() => test.stop());

const staff = async (organizationId?: string) =>
  test.member({ organizationId: organizationId ?? (await test.organization()), roles: ['MANAGER'] });

async function challenge(member: Member, more: { deviceToken?: string } = {}): Promise<string> {
  const { email, password } = member;
  const step = await test.start(test.anonymous(member.organizationId), { email, password, ...more });
  if (step.flow === undefined) throw new Error(`No challenge: ${JSON.stringify(step)}`);
  return step.flow;
}
const answer = (member: Member, flow: string, code: string) =>
  test.answer(test.anonymous(member.organizationId), { flow, code });
const recover = (member: Member, flow: string, code: string) =>
  test.answer(test.anonymous(member.organizationId), { flow, factor: 'RECOVERY_CODE', code });
const count = (organizationId: string, table: string) =>
  test.databases.database.transaction(organizationId, async (tx) => {
    const [row] = await tx.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
    return Number(row?.count);
  });
const wrongCodes = (secret: string | undefined) => {
  const near = new Set([-2, -1, 0, 1, 2].map((later) => test.codeOf(secret, later)));
  return Array.from({ length: 40 }, (_, at) => String(100_000 + at)).filter((code) => !near.has(code));
};

it('[identity A18] an enrolment flow, a code flow and a finished flow answer no challenge', async () => {
  const organizationId = await test.organization();
  const manager = await staff(organizationId);
  const newcomer = await test.member({ organizationId, roles: ['FRONT_DESK'], totpSecret: undefined });
  const enrolment = await challenge(newcomer);
  expect(await answer(manager, enrolment, test.codeOf(manager.totpSecret))).toMatchObject({
    code: 'FLOW_EXPIRED',
  });
  const flow = await challenge(manager);
  expect((await answer(manager, flow, test.codeOf(manager.totpSecret))).__typename).toBe('SessionIssued');
  test.clock.advance(30_000);
  expect(await answer(manager, flow, test.codeOf(manager.totpSecret))).toMatchObject({
    code: 'FLOW_EXPIRED',
  });
});

it('[identity A18] a sign-in flow enrols nothing: whoever knows only the password cannot bring their own factor', async () => {
  const manager = await staff();
  const flow = await challenge(manager);
  const anonymous = test.anonymous(manager.organizationId);
  const start = await test.ask(
    anonymous,
    'mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret } }',
    { flow },
  );
  expect(start.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  const confirm = await test.ask(
    anonymous,
    'mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) { __typename } }',
    { input: { flow, code: test.codeOf(manager.totpSecret) } },
  );
  expect(confirm.data).toEqual({ totpEnrollmentConfirm: { __typename: 'CodeRefused' } });
});

it('[identity A18] a mailed code is no way round the authenticator', async () => {
  const manager = await staff();
  const flow = await challenge(manager);
  await test.ask(
    test.anonymous(manager.organizationId),
    'mutation ($flow: ID!) { challengePrepare(flow: $flow, factor: EMAIL_CODE) { message } }',
    { flow },
  );
  expect(await test.mailsTo(manager.email)).toEqual([]);
  expect(
    await test.answer(test.anonymous(manager.organizationId), {
      flow,
      factor: 'EMAIL_CODE',
      code: '12345678',
    }),
  ).toMatchObject({ code: 'CODE_REFUSED' });
});

it('[identity A19] before the second factor there is no session and no token', async () => {
  const manager = await staff();
  const flow = await challenge(manager);
  await answer(manager, flow, '000000');
  expect(await count(manager.organizationId, 'session')).toBe(0);
  expect(await count(manager.organizationId, 'device')).toBe(0);
  await answer(manager, flow, test.codeOf(manager.totpSecret));
  expect(await count(manager.organizationId, 'session')).toBe(1);
});

it('[identity A21] one code in ten flows at once opens one session, and the audit log says so', async () => {
  const manager = await staff();
  const flows = [];
  for (let at = 0; at < 10; at += 1) flows.push(await challenge(manager));
  const code = test.codeOf(manager.totpSecret);
  const steps = await Promise.all(flows.map((flow) => answer(manager, flow, code)));
  expect(steps.filter(({ __typename }) => __typename === 'SessionIssued')).toHaveLength(1);
  expect(await count(manager.organizationId, 'session')).toBe(1);
  expect((await test.audit(manager.organizationId)).map(({ action }) => action)).toContain('otp_reuse');
});

it('[identity A21] a code used up is used up for its whole window, and so is every earlier one', async () => {
  const manager = await staff();
  const earlier = test.codeOf(manager.totpSecret, -1);
  const code = test.codeOf(manager.totpSecret);
  expect((await answer(manager, await challenge(manager), code)).__typename).toBe('SessionIssued');
  for (const stale of [code, earlier]) {
    expect(await answer(manager, await challenge(manager), stale)).toMatchObject({ code: 'CODE_REFUSED' });
  }
  test.clock.advance(29_000);
  expect(await answer(manager, await challenge(manager), code)).toMatchObject({ code: 'CODE_REFUSED' });
});

it('[identity A21] the code of the enrolment does not sign in', async () => {
  const organizationId = await test.organization();
  const newcomer = await test.member({ organizationId, roles: ['FRONT_DESK'], totpSecret: undefined });
  const flow = await challenge(newcomer);
  const anonymous = test.anonymous(organizationId);
  const started = await test.ask(
    anonymous,
    'mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret } }',
    { flow },
  );
  const { secret } = rootField<{ secret: string }>(started);
  const confirm =
    'mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) { __typename } }';
  const input = { flow, code: test.codeOf(secret) };
  expect((await test.ask(anonymous, confirm, { input })).data).toEqual({
    totpEnrollmentConfirm: { __typename: 'TotpEnrolled' },
  });
  expect((await test.ask(anonymous, confirm, { input })).data).toEqual({
    totpEnrollmentConfirm: { __typename: 'CodeRefused' },
  });
  expect(await answer(newcomer, await challenge(newcomer), input.code)).toMatchObject({
    code: 'CODE_REFUSED',
  });
});

it('[identity A22] a flow is of no use with another person’s code, or in another organization', async () => {
  const organizationId = await test.organization();
  const [manager, other] = [await staff(organizationId), await staff(organizationId)];
  const elsewhere = await test.organization();
  const flow = await challenge(manager);
  expect(await answer(manager, flow, test.codeOf(other.totpSecret))).toMatchObject({ code: 'CODE_REFUSED' });
  const abroad = await test.answer(test.anonymous(elsewhere), {
    flow,
    code: test.codeOf(manager.totpSecret),
  });
  expect(abroad).toMatchObject({ code: 'FLOW_EXPIRED' });
});

it('[identity A07] five guesses end a flow, ten an hour end guessing over all flows together', async () => {
  const manager = await staff();
  const codes = wrongCodes(manager.totpSecret);
  const refused: (string | undefined)[] = [];
  for (let flowAt = 0; flowAt < 3; flowAt += 1) {
    const flow = await challenge(manager);
    for (let turn = 0; turn < 6; turn += 1)
      refused.push((await answer(manager, flow, codes.shift() ?? '')).code);
  }
  expect(refused.slice(0, 6)).toEqual([...Array.from({ length: 5 }, () => 'CODE_REFUSED'), 'FLOW_EXPIRED']);
  expect(refused.filter((code) => code === 'CODE_REFUSED')).toHaveLength(10);
  expect(refused.slice(12, 17)).toEqual(Array.from({ length: 5 }, () => 'ACCOUNT_LOCKED'));
  const right = await answer(manager, await challenge(manager), test.codeOf(manager.totpSecret));
  expect(right).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: expect.any(Number) });
});

it('[identity A07] of forty codes guessed at once over eight flows ten are looked at', async () => {
  const manager = await staff();
  const flows = [];
  for (let at = 0; at < 8; at += 1) flows.push(await challenge(manager));
  const codes = wrongCodes(manager.totpSecret);
  const steps = await Promise.all(
    flows.flatMap((flow, at) =>
      [0, 1, 2, 3].map((turn) => answer(manager, flow, codes[at * 4 + turn] ?? '')),
    ),
  );
  expect(steps.filter(({ code }) => code === 'CODE_REFUSED')).toHaveLength(10);
});

it('[identity A07] guessing from unknown devices does not lock the factor on the owner’s own', async () => {
  const manager = await staff();
  const { deviceToken = '' } = await test.signIn(manager);
  const codes = wrongCodes(manager.totpSecret);
  for (let flowAt = 0; flowAt < 2; flowAt += 1) {
    const flow = await challenge(manager);
    for (let turn = 0; turn < 5; turn += 1) await answer(manager, flow, codes.shift() ?? '');
  }
  expect((await test.signIn(manager)).code).toBe('ACCOUNT_LOCKED');
  // Whoever guessed codes knows the password: the owner gets in, and takes another one.
  expect((await test.signIn(manager, { deviceToken })).__typename).toBe('PasswordChangeRequired');
});

it('[identity A23] one recovery code offered ten times at once opens one session; a new set ends the old one', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const enrol = async (step: Awaited<ReturnType<TestIdentity['signIn']>>) => {
    const caller = test.callerFrom(step);
    const started = await test.ask(caller, 'mutation { totpEnrollmentStart { secret } }');
    const { secret } = rootField<{ secret: string }>(started);
    const confirmed = await test.ask(
      caller,
      `mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) {
         ... on TotpEnrolled { recoveryCodes } } }`,
      { input: { code: test.codeOf(secret) } },
    );
    return rootField<{ recoveryCodes: string[] }>(confirmed);
  };
  const old = await enrol(await test.signIn(client));
  const flows = [];
  for (let at = 0; at < 10; at += 1) flows.push(await challenge(client));
  const steps = await Promise.all(flows.map((flow) => recover(client, flow, old.recoveryCodes[0] ?? '')));
  const sessions = steps.filter(({ __typename }) => __typename === 'SessionIssued');
  expect(sessions).toHaveLength(1);
  test.clock.advance(60 * 60_000);
  const again = await recover(client, await challenge(client), old.recoveryCodes[1] ?? '');
  expect(again.__typename).toBe('SessionIssued');
  const fresh = await enrol(again);
  const flow = await challenge(client);
  expect(await recover(client, flow, old.recoveryCodes[2] ?? '')).toMatchObject({
    code: 'CODE_REFUSED',
  });
  expect((await recover(client, flow, fresh.recoveryCodes[2] ?? '')).__typename).toBe('SessionIssued');
});

it('[identity A24] an authenticator is neither added by an old session nor replaced by one that did not use it', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const weak = test.callerFrom(await test.signIn(client));
  const start = (caller = weak) => test.ask(caller, 'mutation { totpEnrollmentStart { secret } }');
  const { data } = await start();
  const { secret } = rootField<{ secret: string }>({ data });
  await test.ask(
    weak,
    'mutation ($input: TotpEnrollmentConfirmInput!) { totpEnrollmentConfirm(input: $input) { __typename } }',
    { input: { code: test.codeOf(secret) } },
  );
  expect((await start()).errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  const strong = test.callerFrom(await test.signIn({ ...client, totpSecret: secret }));
  expect((await start(strong)).errors).toEqual([]);
  test.clock.advance(16 * 60_000);
  expect((await start(strong)).errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
});

it('[identity A06] a hundred aliases are one attempt, whatever they are of', async () => {
  const organizationId = await test.organization();
  const manager = await staff(organizationId);
  const flow = await challenge(manager);
  const aliases = (field: (at: number) => string) =>
    `mutation { ${Array.from({ length: 100 }, (_, at) => `a${at}: ${field(at)} { __typename }`).join(' ')} }`;
  const fields = [
    (at: number) => `signInStart(input: { email: "${manager.email}", password: "Wrong-Password-${at}" })`,
    (at: number) => `challengeAnswer(flow: "${flow}", factor: TOTP, code: "${100_000 + at}")`,
    (at: number) => `confirmAddress(input: { flow: "${flow}", code: "${10_000_000 + at}" })`,
  ];
  for (const field of fields) {
    const { errors } = await test.ask(test.anonymous(organizationId), aliases(field));
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every(({ extensions }) => extensions?.code === 'LIMIT_EXCEEDED')).toBe(true);
  }
  await test.databases.database.transaction(organizationId, async (tx) => {
    const rows = await tx.query<{ failures: number }>(
      "SELECT failures FROM attempt_counter WHERE scope IN ('UNKNOWN_DEVICES', 'CODES')",
    );
    expect(rows.map(({ failures }) => failures)).toEqual([1, 1]);
  });
});

// What an authenticator signs opens an account. Everything that was not signed for us, now, here and by its owner must not.
import { generateKeyPairSync } from 'node:crypto';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../../test-identity.ts';
import { ORIGIN, passkeyPeople } from './people-for-tests.ts';
import { SoftwareAuthenticator, type Lies } from './software-authenticator-for-tests.ts';

let test: TestIdentity;
let people: ReturnType<typeof passkeyPeople>;
let known: ReturnType<typeof people.client>;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 12 });
  people = passkeyPeople(test);
  known = people.client();
  await known;
});
afterAll(() => test.stop());

const rows = <Row>(organizationId: string, sql: string, values: unknown[] = []) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql, values));
const claimsOf = ({ accessToken = '' }: Step) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

it.each(['ES256', 'EdDSA'] as const)(
  '[AUT-13] a passkey (%s) opens a session as strong as there is, and only its public key is stored',
  async (algorithm) => {
    const { member, authenticator } = await people.client({ algorithm });
    const step = await people.signIn(member.organizationId, authenticator);
    expect(step).toMatchObject({
      __typename: 'SessionIssued',
      viewer: { id: member.id, secondFactor: true },
    });
    expect(claimsOf(step)).toMatchObject({ acr: 'PHISHING_RESISTANT', amr: ['hwk', 'user', 'mfa'] });
    const [row] = await rows<Record<string, unknown>>(member.organizationId, 'SELECT * FROM passkey');
    const stored = Buffer.concat(Object.values(row ?? {}).filter(Buffer.isBuffer)).toString('hex');
    expect(stored).toContain(authenticator.id.toString('hex'));
    expect(stored).not.toContain(authenticator.privateBytes.toString('hex'));
  },
);

const LIES: readonly [string, Lies][] = [
  ['UV=0: a person who was not verified', { userVerified: false }],
  ['a wrong origin', { origin: 'https://kept.example.evil' }],
  ['a wrong rpId', { rpId: 'evil.example' }],
  ['a wrong challenge', { challenge: Buffer.alloc(32, 7).toString('base64url') }],
  ['a ceremony of another kind', { type: 'payment.get' }],
  ['a cross-origin iframe that names its page', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['a cross-origin iframe that names no page', { crossOrigin: true }],
  ['a page above that is said not to be there', { topOrigin: ORIGIN }],
];

it.each([
  ...LIES,
  ['a signature of another key', { signWith: strangersKey }] as const,
  ['nobody’s user handle', { userHandle: null }] as const,
  ['a user handle of somebody else', { userHandle: Buffer.alloc(16, 1).toString('base64url') }] as const,
])('[identity A29] [AUT-13] a sign-in with %s is refused', async (_what, lies) => {
  const { member, authenticator } = await known;
  const refused = await people.signIn(member.organizationId, authenticator, lies);
  expect(refused).toMatchObject({ __typename: 'SignInRejected', code: 'PASSKEY_REFUSED' });
  const right = await people.signIn(member.organizationId, authenticator);
  expect(right.__typename).toBe('SessionIssued');
});

it('[identity A29] [AUT-13] a passkey is not registered with any of these either', async () => {
  const organizationId = await test.organization();
  const member = await test.member({ organizationId, roles: ['CLIENT'] });
  const caller = test.callerFrom(await test.signIn(member));
  for (const [what, lies] of LIES) {
    const made = await people.register(caller, new SoftwareAuthenticator({ origin: ORIGIN }), { lies });
    expect([what, made.__typename]).toEqual([what, 'PasskeyNotRegistered']);
  }
  expect(await rows(organizationId, 'SELECT FROM passkey')).toEqual([]);
  const made = await people.register(caller, new SoftwareAuthenticator({ origin: ORIGIN }));
  expect(made.__typename).toBe('PasskeyRegistered');
});

it('[identity A29] replay: one assertion, offered ten times at once and once more, opens one session', async () => {
  const { member, authenticator } = await people.client();
  const { flow, options } = await people.challenge(member.organizationId);
  const assertion = authenticator.get(options);
  const answer = () => people.answer(member.organizationId, flow, assertion);
  const steps = await Promise.all(Array.from({ length: 10 }, answer));
  expect(steps.filter(({ __typename }) => __typename === 'SessionIssued')).toHaveLength(1);
  expect(await answer()).toMatchObject({ code: 'FLOW_EXPIRED' });
  // In a flow of its own it was not asked for.
  const other = await people.challenge(member.organizationId);
  expect(await people.answer(member.organizationId, other.flow, assertion)).toMatchObject({
    code: 'PASSKEY_REFUSED',
  });
  expect(await rows(member.organizationId, "SELECT FROM session WHERE method = 'PASSKEY'")).toHaveLength(1);
});

it('[identity A29] a challenge is answered once: after a wrong answer the right one comes too late', async () => {
  const { member, authenticator } = await people.client();
  const { flow, options } = await people.challenge(member.organizationId);
  await people.answer(member.organizationId, flow, authenticator.get(options, { userVerified: false }));
  const late = await people.answer(member.organizationId, flow, authenticator.get(options));
  expect(late).toMatchObject({ code: 'PASSKEY_REFUSED' });
});

it('[identity A29] another user’s credential is no second step of a sign-in', async () => {
  const { member, authenticator } = await people.client();
  const { organizationId } = member;
  const other = await people.client({ organizationId });
  const step = await test.start(test.anonymous(organizationId), member);
  expect(step).toMatchObject({ __typename: 'ChallengeRequired', factors: ['PASSKEY', 'RECOVERY_CODE'] });
  const flow = step.flow ?? '';
  const { options } = await people.prepare(organizationId, flow);
  const wrong = await people.answerSecond(organizationId, flow, other.authenticator.get(options));
  expect(wrong).toMatchObject({ code: 'PASSKEY_REFUSED' });
  const stolen = { userHandle: authenticator.userHandle };
  const again = await people.prepare(organizationId, flow);
  const forged = await people.answerSecond(
    organizationId,
    flow,
    other.authenticator.get(again.options, stolen),
  );
  expect(forged).toMatchObject({ code: 'PASSKEY_REFUSED' });
  const third = await people.prepare(organizationId, flow);
  const right = await people.answerSecond(organizationId, flow, authenticator.get(third.options));
  expect(right).toMatchObject({ __typename: 'SessionIssued', viewer: { id: member.id, secondFactor: true } });
});

it('[identity A29] a cross-organization credential id opens nothing in another business', async () => {
  const { member, authenticator } = await people.client();
  const elsewhere = await test.organization();
  expect(await people.signIn(elsewhere, authenticator)).toMatchObject({ code: 'PASSKEY_REFUSED' });
  expect((await people.signIn(member.organizationId, authenticator)).__typename).toBe('SessionIssued');
});

it('[identity A29] a deleted user’s passkey and a removed one open nothing', async () => {
  const { member, authenticator, registered } = await people.client();
  const { organizationId } = member;
  const other = await people.client({ organizationId });
  await rows(organizationId, "UPDATE account SET state = 'ENDED' WHERE id = $1", [other.member.id]);
  expect(await people.signIn(organizationId, other.authenticator)).toMatchObject({ code: 'PASSKEY_REFUSED' });
  const caller = test.callerFrom(await people.signIn(organizationId, authenticator));
  const removed = await test.ask(caller, 'mutation ($id: ID!) { passkeyRemove(id: $id) { removedAt } }', {
    id: registered.passkey.id,
  });
  expect(removed.errors).toEqual([]);
  expect(await people.signIn(organizationId, authenticator)).toMatchObject({ code: 'PASSKEY_REFUSED' });
});

it('[identity A30] a synced passkey whose counter is always 0 goes on working', async () => {
  const { member, authenticator } = await people.client({ counting: false });
  for (let turn = 0; turn < 3; turn += 1)
    expect((await people.signIn(member.organizationId, authenticator)).__typename).toBe('SessionIssued');
});

it('[identity A29] [identity A30] counter regression: it opens nothing, its owner is told, and every other way in stays', async () => {
  const { member, authenticator, registered } = await people.client({ counting: true });
  const { organizationId } = member;
  for (let turn = 0; turn < 3; turn += 1)
    expect((await people.signIn(organizationId, authenticator)).__typename).toBe('SessionIssued');
  const copy = { counter: 2 };
  for (let turn = 0; turn < 2; turn += 1)
    expect((await people.signIn(organizationId, authenticator, copy)).code).toBe('PASSKEY_IN_DOUBT');
  // Which of the two is the copy, nobody knows.
  expect((await people.signIn(organizationId, authenticator)).code).toBe('PASSKEY_IN_DOUBT');
  const subjects = (await test.mailsTo(member.email)).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject === 'There may be a copy of your passkey')).toHaveLength(1);
  const alerts = (await test.audit(organizationId)).filter(
    ({ action }) => action === 'passkey_copy_suspected',
  );
  expect(alerts).toHaveLength(1);
  const anonymous = test.anonymous(organizationId);
  const step = await test.start(anonymous, member);
  // The copy must not have made the second step go away.
  expect(step).toMatchObject({ __typename: 'ChallengeRequired', factors: ['RECOVERY_CODE'] });
  const code = registered.recoveryCodes[0] ?? '';
  const inside = await test.answer(anonymous, { flow: step.flow ?? '', factor: 'RECOVERY_CODE', code });
  const { data } = await test.ask(test.callerFrom(inside), '{ viewer { factors { kind inDoubtSince } } }');
  const [listed] = rootField<{ factors: { inDoubtSince: string | null }[] }>({ data }).factors.filter(
    (factor) => factor.inDoubtSince !== null,
  );
  expect(listed).toMatchObject({ kind: 'PASSKEY' });
});

it('[identity A04] nothing tells whether somebody has an account or a passkey', async () => {
  const { member, authenticator } = await people.client();
  const empty = await test.organization();
  const shape = ({ options }: { options: string }) =>
    JSON.stringify({ ...(JSON.parse(options) as object), challenge: '…' });
  expect(shape(await people.challenge(member.organizationId))).toBe(shape(await people.challenge(empty)));
  const stranger = new SoftwareAuthenticator({ origin: ORIGIN });
  const unknown = await people.signIn(member.organizationId, stranger, {
    userHandle: authenticator.userHandle,
  });
  const wrong = await people.signIn(member.organizationId, authenticator, { signWith: strangersKey });
  expect(unknown).toEqual(wrong);
  // As a second step: of a sign-in that waits, and of one that never was.
  const { flow = '' } = await test.start(test.anonymous(member.organizationId), member);
  const waiting = await people.prepare(member.organizationId, flow);
  const never = await people.prepare(member.organizationId, 'x'.repeat(43));
  expect([shape(never), never.message]).toEqual([shape(waiting), waiting.message]);
});

it('[identity A24] a passkey is not added by a session that is old, ended or did not use the factor there is', async () => {
  const { member, authenticator } = await people.client();
  const { organizationId } = member;
  const caller = test.callerFrom(await people.signIn(organizationId, authenticator));
  expect(await people.beginCode(caller)).toBeUndefined();
  await rows(
    organizationId,
    "UPDATE session SET assurance = 'PASSWORD', second_factor = false WHERE id = $1",
    [caller.sessionId],
  );
  expect(await people.beginCode(caller)).toBe('STEP_UP_REQUIRED');
  const fresh = test.callerFrom(await people.signIn(organizationId, authenticator));
  const later = test.callerFrom(await people.signIn(organizationId, authenticator));
  test.clock.advance(16 * 60_000);
  expect(await people.beginCode(later)).toBe('STEP_UP_REQUIRED');
  await rows(
    organizationId,
    "UPDATE session SET ended_at = created_at, end_reason = 'SIGNED_OUT' WHERE id = $1",
    [fresh.sessionId],
  );
  expect(await people.beginCode(fresh)).toBe('UNAUTHENTICATED');
  // Begun by one person, it is not finished by another.
  const owner = test.callerFrom(await people.signIn(organizationId, authenticator));
  const { flow, options } = await people.begin(owner);
  const other = await people.client({ organizationId });
  const stranger = test.callerFrom(await people.signIn(organizationId, other.authenticator));
  const made = await people.finish(stranger, {
    flow,
    ...new SoftwareAuthenticator({ origin: ORIGIN }).create(options),
  });
  expect(made.__typename).toBe('PasskeyNotRegistered');
});

it('staff enrol a passkey at their first sign-in, keep one strong factor always, and nobody has eleven', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'], totpSecret: undefined });
  const anonymous = test.anonymous(organizationId);
  const { flow = '' } = await test.start(anonymous, manager);
  const older = (await test.start(anonymous, manager)).flow ?? '';
  const authenticator = new SoftwareAuthenticator({ origin: ORIGIN });
  const first = await people.register(anonymous, authenticator, { flow, name: 'Work phone' });
  expect(first).toMatchObject({ __typename: 'PasskeyRegistered', passkey: { name: 'Work phone' } });
  expect(first.recoveryCodes).toHaveLength(10);
  // The other flow that the password has opened is over: it would be a way to add one's own (A24).
  const late = await test.ask(
    anonymous,
    'mutation ($flow: ID) { passkeyRegistrationStart(flow: $flow) { flow } }',
    {
      flow: older,
    },
  );
  expect(late.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  const caller = test.callerFrom(await people.signIn(organizationId, authenticator));
  const remove = (id: string) =>
    test.ask(caller, 'mutation ($id: ID!) { passkeyRemove(id: $id) { removedAt } }', { id });
  expect((await remove(first.passkey.id)).errors[0]?.extensions?.code).toBe('BAD_INPUT');
  const others = Array.from({ length: 8 }, () => new SoftwareAuthenticator({ origin: ORIGIN }));
  for (const other of others) await people.register(caller, other);
  const racing = await Promise.all(Array.from({ length: 6 }, () => people.begin(caller)));
  const made = await Promise.all(
    racing.map(({ flow: own, options }) =>
      people.finish(caller, { flow: own, ...new SoftwareAuthenticator({ origin: ORIGIN }).create(options) }),
    ),
  );
  expect(made.map(({ __typename }) => __typename).toSorted()).toEqual([
    ...Array<string>(5).fill('PasskeyNotRegistered'),
    'PasskeyRegistered',
  ]);
  expect(await people.beginCode(caller)).toBe('BAD_INPUT');
  expect((await remove(first.passkey.id)).errors).toEqual([]);
  const renamed = await test.ask(
    caller,
    'mutation ($id: ID!) { passkeyRename(id: $id, name: "Key ring") { name } }',
    { id: made.find(({ __typename }) => __typename === 'PasskeyRegistered')?.passkey.id },
  );
  expect(renamed.data).toEqual({ passkeyRename: { name: 'Key ring' } });
});

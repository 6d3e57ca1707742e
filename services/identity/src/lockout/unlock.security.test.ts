/**
 * The holes this keeps closed: a lock that its victim cannot leave, a link that opens the door to whoever else knocks, one
 * person who opens a manager's account alone, work that is done once and shown a thousand times, and an account that is
 * locked by one way in and open by another.
 */
import { randomBytes } from 'node:crypto';
import { solve } from '@kept/proof-of-work';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';
import { isAdmitted } from './admit-attempt.ts';
import { refuseUntil } from './count-attempts.ts';
import { hardLockOf, lockAccount } from './hard-lock.ts';
import { askForWork, readWork, spendWork } from './work.ts';

// The password was looked at and right. A new device may be asked for a mailed code as well (risk/).
const IN = /^(SessionIssued|ChallengeRequired)$/;

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const REQUEST = `mutation ($email: String!, $proofOfWork: String) { unlockRequest(email: $email, proofOfWork: $proofOfWork) {
  __typename ... on UnlockRequested { flow message } ... on ProofOfWorkRequired { challenge } } }`;
const CONFIRM = `mutation ($flow: ID!, $token: String!) { unlockConfirm(flow: $flow, token: $token) { __typename } }`;
const UNLOCK = `mutation ($accountId: ID!, $reason: String!) {
  unlockAccount(accountId: $accountId, reason: $reason) { id state } }`;
const APPROVE = `mutation ($id: ID!) { approveUnlock(id: $id) { state } }`;
const LOCK = `mutation ($accountId: ID!, $reason: String!) { lockAccount(accountId: $accountId, reason: $reason) { lockedAt } }`;

interface Asked {
  __typename: string;
  flow?: string;
  message?: string;
  challenge?: string;
}
const person = (organizationId: string) => test.anonymous(organizationId);
const reason = 'They called from the number we know.';

/** Shuts unknown devices out, as twenty failures do. */
async function close(organizationId: string, email: string) {
  const key = test.identity.secrets.hash('identifier', organizationId, email);
  const now = test.clock();
  await test.identity.database.transaction(organizationId, (tx) =>
    refuseUntil(tx, { scope: 'UNKNOWN_DEVICES', key }, { until: new Date(now.getTime() + 86_400_000), now }),
  );
}

async function askForLink(organizationId: string, email: string): Promise<Asked> {
  const ask = async (proofOfWork?: string) =>
    rootField<Asked>(await test.ask(person(organizationId), REQUEST, { email, proofOfWork }));
  const first = await ask();
  expect(first.__typename).toBe('ProofOfWorkRequired');
  return ask(await solve(first.challenge ?? ''));
}

async function linkIn(email: string): Promise<string> {
  const mails = (await test.mailsTo(email)).filter(({ subject }) => subject === 'Your unlock link');
  const [, token = ''] = /\/unlock#(\S+)/.exec(mails.at(0)?.text ?? '') ?? [];
  return token;
}
const open = async (organizationId: string, flow: string, token: string) =>
  rootField<Asked>(await test.ask(person(organizationId), CONFIRM, { flow, token })).__typename;

it('[AUT-07] [identity A08] a mailed link opens the device that asked, once, and no other', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  await close(organizationId, client.email);
  const mine = await askForLink(organizationId, client.email);
  const { flow = '' } = mine;
  const token = await linkIn(client.email);
  expect(token).toMatch(/^ku1_/);
  // Before the link was opened the flow opens nothing, and the link opens nothing without it.
  const early = await test.start(person(organizationId), { ...client, unlockFlow: flow });
  expect(early.code).toBe('ACCOUNT_LOCKED');
  expect(await open(organizationId, randomBytes(32).toString('base64url'), token)).toBe('SignInRejected');
  const strangers = await askForLink(organizationId, client.email);
  expect(await open(organizationId, strangers.flow ?? '', token)).toBe('SignInRejected');
  const raced = await Promise.all(Array.from({ length: 5 }, () => open(organizationId, flow, token)));
  expect(raced.filter((typename) => typename === 'DeviceUnlocked')).toHaveLength(1);

  const wrong = await test.start(person(organizationId), {
    email: client.email,
    password: 'Wrong-Password-1',
    unlockFlow: flow,
  });
  expect(wrong.code).toBe('BAD_CREDENTIALS');
  expect((await test.start(person(organizationId), client)).code).toBe('ACCOUNT_LOCKED');
  const right = await test.start(person(organizationId), { ...client, unlockFlow: flow });
  expect(right.__typename).toMatch(IN);
  const again = await test.start(person(organizationId), { ...client, unlockFlow: flow });
  expect(again.code).toBe('ACCOUNT_LOCKED');
  const actions = (await test.audit(organizationId)).map(({ action }) => action);
  expect(actions).toContain('authn_login_unlock_asked');
  expect(actions).toContain('authn_login_unlock');
});

it('[AUT-07] the link still asks staff for the second factor, is good for five passwords, and for fifteen minutes', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  await close(organizationId, manager.email);
  const { flow = '' } = await askForLink(organizationId, manager.email);
  expect(await open(organizationId, flow, await linkIn(manager.email))).toBe('DeviceUnlocked');
  for (let at = 0; at < 4; at += 1)
    await test.start(person(organizationId), {
      ...manager,
      password: `Wrong-${at}-Password`,
      unlockFlow: flow,
    });
  const step = await test.start(person(organizationId), { ...manager, unlockFlow: flow });
  expect(step.__typename).toBe('ChallengeRequired');
  const late = await askForLink(organizationId, manager.email);
  test.clock.advance(15 * 60_000);
  expect(await open(organizationId, late.flow ?? '', await linkIn(manager.email))).toBe('SignInRejected');
});

it('[AUT-07] [identity A03] asking for a link is answered the same whoever asks and for whomever', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const known = await askForLink(organizationId, client.email);
  const unknown = await askForLink(organizationId, 'nobody-at-all@example.org');
  expect({ ...unknown, flow: '' }).toEqual({ ...known, flow: '' });
  expect(unknown.flow).toHaveLength(known.flow?.length ?? 0);
});

it('[AUT-07] a manager opens an account with a reason, a manager’s own takes two, and nobody opens their own', async () => {
  const organizationId = await test.organization();
  const [first, second] = [
    await test.member({ organizationId, roles: ['MANAGER'] }),
    await test.member({ organizationId, roles: ['MANAGER'] }),
  ];
  const third = await test.member({ organizationId, roles: ['MANAGER'] });
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const [one, two] = [test.callerFrom(await test.signIn(first)), test.callerFrom(await test.signIn(second))];
  await close(organizationId, client.email);
  const short = await test.ask(one, UNLOCK, { accountId: client.id, reason: 'because' });
  expect(short.errors[0]?.extensions?.code).toBe('BAD_INPUT');
  const done = rootField<{ state: string }>(await test.ask(one, UNLOCK, { accountId: client.id, reason }));
  expect(done.state).toBe('UNLOCKED');
  expect((await test.start(person(organizationId), client)).__typename).toMatch(IN);

  await close(organizationId, third.email);
  const waits = rootField<{ id: string; state: string }>(
    await test.ask(one, UNLOCK, { accountId: third.id, reason }),
  );
  expect(waits.state).toBe('AWAITING_APPROVAL');
  expect((await test.start(person(organizationId), third)).code).toBe('ACCOUNT_LOCKED');
  const own = await test.ask(one, APPROVE, { id: waits.id });
  expect(own.errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  const himself = test.identity.database.transaction(organizationId, (tx) =>
    tx.query('UPDATE account_unlock SET approved_by = asked_by, approved_at = asked_at WHERE id = $1', [
      waits.id,
    ]),
  );
  await expect(himself).rejects.toMatchObject({
    driverError: { constraint: 'unlocking_is_approved_by_somebody_else' },
  });
  const alone = test.identity.database.transaction(organizationId, (tx) =>
    tx.query('UPDATE account_unlock SET done_at = asked_at WHERE id = $1', [waits.id]),
  );
  await expect(alone).rejects.toMatchObject({ driverError: { constraint: 'unlocking_a_manager_takes_two' } });
  const approved = rootField<{ state: string }>(await test.ask(two, APPROVE, { id: waits.id }));
  expect(approved.state).toBe('UNLOCKED');
  expect((await test.start(person(organizationId), third)).__typename).toBe('ChallengeRequired');
  const mine = await test.ask(one, UNLOCK, { accountId: first.id, reason });
  expect(mine.errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  const actions = (await test.audit(organizationId)).map(({ action }) => action);
  expect(actions.filter((action) => action === 'authn_login_unlock')).toHaveLength(2);
});

it('[identity A10] an account that is locked altogether has no way to a session: not signing in, not a known device, not a refresh, not an unlock link', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '', refreshToken = '' } = await test.signIn(client);
  const { flow = '' } = await askForLink(organizationId, client.email);
  const token = await linkIn(client.email);
  const by = test.callerFrom(await test.signIn(manager));
  await test.ask(by, LOCK, { accountId: client.id, reason: 'Their telephone was stolen today.' });

  const locked = { __typename: 'SignInRejected', code: 'ACCOUNT_LOCKED' };
  expect(await test.start(person(organizationId), client)).toMatchObject(locked);
  expect(await test.signIn(client, { deviceToken })).toMatchObject(locked);
  expect(await open(organizationId, flow, token)).toBe('SignInRejected');
  const refreshed = await test.ask(
    person(organizationId),
    'mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename } }',
    { token: refreshToken },
  );
  expect(JSON.stringify(refreshed.data ?? {})).not.toContain('SessionIssued');
  // The same lock as the owner's own "this was not me", which comes second and changes nothing.
  const notMe = { accountId: client.id, cause: 'NOT_ME', lockedBy: null, reason: null } as const;
  await test.identity.database.transaction(organizationId, async (tx) => {
    expect(await lockAccount(test.identity, tx, { ...notMe, caller: by, now: test.clock() })).toBe(false);
    expect(await hardLockOf(tx, client.id)).toBe('MANAGER');
  });
  await test.ask(by, UNLOCK, { accountId: client.id, reason });
  expect((await test.start(person(organizationId), client)).__typename).toMatch(IN);
});

it('[identity A07] ten wrong codes in an hour, over however many sign-ins, lock the factor; the password counts as known', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  for (let signIn = 0; signIn < 2; signIn += 1) {
    const { flow = '' } = await test.start(person(organizationId), manager);
    const answers = Array.from({ length: 5 }, (_, at) =>
      test.answer(person(organizationId), { flow, code: String(100_000 + at) }),
    );
    for (const { code } of await Promise.all(answers)) expect(code).not.toBeUndefined();
  }
  const locked = await test.signIn(manager);
  expect(locked.code).toBe('ACCOUNT_LOCKED');
  const [marked] = await test.identity.database.transaction(organizationId, (tx) =>
    tx.query<{ must_change: string | null; kind: string }>(
      `SELECT must_change, kind FROM password_credential, security_alert
       WHERE password_credential.account_id = $1 AND security_alert.account_id = $1`,
      [manager.id],
    ),
  );
  expect(marked).toEqual({ must_change: 'COMPROMISED', kind: 'CODES_GUESSED' });
});

it('[identity A41] work is good once, for one address and one purpose, as it was asked for', async () => {
  const { identity } = test;
  const organizationId = await test.organization();
  const identifier = randomBytes(32);
  const what = { organizationId, purpose: 'sign-in', identifier } as const;
  const { challenge } = await askForWork(identity, what, 2);
  const proof = await solve(challenge);
  const spend = async () => {
    const work = await readWork(identity, what, proof);
    if (!work) return false;
    return identity.database.transaction(organizationId, (tx) => spendWork(tx, work, test.clock()));
  };
  const spent = await Promise.all(Array.from({ length: 8 }, spend));
  expect(spent.filter(Boolean)).toHaveLength(1);

  type Parameters = Record<string, unknown> & { data: Record<string, unknown> };
  const forged = (change: (parameters: Parameters) => void) => {
    const read = JSON.parse(Buffer.from(proof, 'base64').toString()) as {
      challenge: { parameters: Parameters };
    };
    change(read.challenge.parameters);
    return Buffer.from(JSON.stringify(read)).toString('base64');
  };
  const v1 = {
    algorithm: 'SHA-256',
    challenge: 'ab'.repeat(32),
    number: 1,
    salt: 'x?expires=9e9',
    signature: '',
  };
  const refusedOnes = [
    forged(({ data }) => (data['expiresAt'] = 9e15)),
    forged(({ data }) => (data['work'] = 1_000_000)),
    forged((parameters) => (parameters['cost'] = 1)),
    forged((parameters) => delete parameters['keySignature']),
    forged(({ data }) => delete data['expiresAt']),
    forged(({ data }) => delete data['subject']),
    Buffer.from(JSON.stringify(v1)).toString('base64'),
    '',
  ];
  for (const forgery of refusedOnes) expect(await readWork(identity, what, forgery)).toBeUndefined();
  expect(await readWork(identity, { ...what, purpose: 'unlock' }, proof)).toBeUndefined();
  expect(await readWork(identity, { ...what, identifier: randomBytes(32) }, proof)).toBeUndefined();
  expect(isAdmitted({ refused: 'WORK', work: 1 })).toBe(false);
});

// Guessing is slowed and stopped, and the person whose password is guessed goes on signing in.
import { randomBytes, randomUUID } from 'node:crypto';
import { solve } from '@kept/proof-of-work';
import { admitAttempt, isAdmitted } from './admit-attempt.ts';
import { chargeAttempt, isRefused, rememberWrong } from './count-attempts.ts';
import { PROOF_FROM } from './limits.ts';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';

// The password was looked at and right. A new device may be asked for a mailed code as well (risk/).
const IN = /^(SessionIssued|ChallengeRequired)$/;

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
});
afterAll(() => test.stop());

const address = (at: number) => `198.51.${Math.floor(at / 250) % 250}.${at % 250}`;

async function guess(
  organizationId: string,
  email: string,
  { count, from = 0 }: { count: number; from?: number },
) {
  const codes: (string | undefined)[] = [];
  for (let at = from; at < from + count; at += 1) {
    const attacker = test.anonymous(organizationId, { networkAddress: address(at) });
    const step = await test.start(attacker, { email, password: `Wrong-Password-${at}` });
    codes.push(step.code ?? step.__typename);
  }
  return codes;
}

/** One guess through the counters alone, whose work is taken as done: what 10,000 of them would cost is argon2 and PBKDF2. */
async function count(organizationId: string, email: string, at: number) {
  const { identity } = test;
  const identifier = identity.secrets.hash('identifier', organizationId, email);
  return identity.database.transaction(organizationId, async (tx) => {
    const tried = identity.secrets.hash('attempt', identifier, `Wrong-Password-${at}`);
    const admission = await admitAttempt(identity, tx, {
      identifier,
      accountId: undefined,
      deviceId: null,
      networkAddress: address(at % 1_000),
      tried,
      work: { digest: randomBytes(32), work: 1_000_000 },
      unlockFlow: null,
    });
    if (isAdmitted(admission) && admission.counted) await rememberWrong(tx, admission.counted, tried);
    return admission;
  });
}

it('[identity A08] [AUT-06] from the third failure on every attempt from an unknown device takes work, from the fifth it waits', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  const kinds: string[] = [];
  for (let at = 0; at < 5; at += 1) {
    const attacker = test.anonymous(organizationId, { networkAddress: address(at) });
    const wrong = { email: client.email, password: `Wrong-Password-${at}` };
    const step = await test.start(attacker, wrong);
    kinds.push(step.code ?? step.__typename);
    if (step.challenge === undefined) continue;
    const worked = await test.start(attacker, { ...wrong, proofOfWork: await solve(step.challenge) });
    kinds.push(worked.code ?? worked.__typename);
  }
  expect(kinds).toEqual([
    'BAD_CREDENTIALS',
    'BAD_CREDENTIALS',
    'BAD_CREDENTIALS',
    'ProofOfWorkRequired',
    'BAD_CREDENTIALS',
    'ProofOfWorkRequired',
    'ACCOUNT_LOCKED',
  ]);
  const unknown = await test.start(test.anonymous(organizationId), client);
  expect(unknown).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: 1 });
  expect(unknown.message).toContain('wait');
  expect((await test.signIn(client, { deviceToken })).__typename).toBe('SessionIssued');
  const actions = (await test.audit(organizationId)).map(({ action }) => action);
  expect(actions.filter((action) => action === 'authn_login_lock')).toHaveLength(1);
  expect((await test.mailsTo(client.email)).map(({ subject }) => subject)).toContain(
    'Somebody tries to guess your password',
  );
  test.clock.advance(1_000);
  expect((await test.startWorking(test.anonymous(organizationId), client)).__typename).toMatch(IN);
});

it('[identity A08] [AUT-06] the pause doubles with each failure, and after the twentieth unknown devices are shut out for a day', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  const waits: number[] = [];
  for (let at = 0; at < 20; at += 1) {
    expect(isAdmitted(await count(organizationId, client.email, at))).toBe(true);
    const refused = await count(organizationId, client.email, 100 + at);
    if (isAdmitted(refused) || refused.refused !== 'LOCKED') continue;
    waits.push(refused.retryAfterSeconds);
    if (refused.retryAfterSeconds > 15 * 60) break;
    test.clock.advance(refused.retryAfterSeconds * 1_000);
  }
  expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
  expect(Math.max(...waits)).toBe(24 * 3_600);
  const right = await test.start(test.anonymous(organizationId), client);
  expect(right).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: 24 * 3_600 });
  expect(right.message).toContain('unlock link');
  expect((await test.signIn(client, { deviceToken })).__typename).toBe('SessionIssued');
});

it('[identity A08] a hundred failures in a row close it until somebody unlocks it, however slowly they came', async () => {
  const organizationId = await test.organization();
  const email = `nobody-${randomUUID()}@example.org`;
  let at = 0;
  for (let day = 0; day < 5; day += 1) {
    for (let tries = 0; tries < 20; tries += 1) {
      const admission = await count(organizationId, email, at);
      expect(isAdmitted(admission)).toBe(true);
      at += 1;
      test.clock.advance(15 * 60_000);
    }
    test.clock.advance(24 * 3_600_000);
  }
  const closed = await count(organizationId, email, at);
  expect(closed).toMatchObject({ refused: 'LOCKED' });
  if (isAdmitted(closed) || closed.refused === 'WORK') throw new Error('It was open.');
  expect(closed.retryAfterSeconds).toBeGreaterThan(360 * 24 * 3_600);
});

const NIGHTLY = process.env['KEPT_NIGHTLY'] === '1';
it(`[identity A08] ${NIGHTLY ? '10,000' : '300'} wrong passwords from ${NIGHTLY ? '1,000' : '300'} addresses shut nobody out who owns the account`, async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  const answers = { admitted: 0, refused: 0 };
  for (let at = 0; at < (NIGHTLY ? 10_000 : 300); at += 1) {
    const admission = await count(organizationId, client.email, at);
    answers[isAdmitted(admission) ? 'admitted' : 'refused'] += 1;
    // An attacker who is patient: half an hour for all of it.
    if (at % (NIGHTLY ? 6 : 1) === 0) test.clock.advance(1_000);
  }
  expect(answers.admitted).toBeLessThanOrEqual(20);
  expect((await test.signIn(client, { deviceToken })).__typename).toBe('SessionIssued');
  const elsewhere = await test.startWorking(test.anonymous(organizationId), client);
  expect(elsewhere.code).toBe('ACCOUNT_LOCKED');
  // Not a second longer for all that came during the lock.
  test.clock.advance((elsewhere.retryAfterSeconds ?? 0) * 1_000);
  expect((await test.startWorking(test.anonymous(organizationId), client)).__typename).toMatch(IN);
});

it('[identity A08] attempts during a lock are neither looked at nor do they lengthen it', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  for (let at = 0; at < 12; at += 1) {
    const admission = await count(organizationId, client.email, at);
    if (at < 11) test.clock.advance(isAdmitted(admission) ? 64_000 : 0);
  }
  const first = await test.start(test.anonymous(organizationId), client);
  expect(first).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: 128 });
  test.clock.advance(100_000);
  for (let at = 0; at < 50; at += 1) await count(organizationId, client.email, 1_000 + at);
  expect(await test.start(test.anonymous(organizationId), client)).toMatchObject({ retryAfterSeconds: 28 });
  test.clock.advance(28_000);
  expect((await test.startWorking(test.anonymous(organizationId), client)).__typename).toMatch(IN);
});

it('[identity A08] of fifty guesses at once without work three are looked at', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const steps = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      test.start(test.anonymous(organizationId, { networkAddress: address(at) }), {
        email: client.email,
        password: `Wrong-Password-${at}`,
      }),
    ),
  );
  expect(steps.filter(({ code }) => code === 'BAD_CREDENTIALS')).toHaveLength(3);
  expect(steps.filter(({ __typename }) => __typename === 'ProofOfWorkRequired')).toHaveLength(47);
});

it('[identity A08] of fifty who have read that nothing failed yet, three are counted without work', async () => {
  const organizationId = await test.organization();
  const key = randomBytes(32);
  const charges = await Promise.all(
    Array.from({ length: 50 }, () =>
      test.identity.database.transaction(organizationId, (tx) =>
        chargeAttempt(tx, { scope: 'UNKNOWN_DEVICES', key, below: PROOF_FROM }, test.clock()),
      ),
    ),
  );
  expect(charges.filter((charge) => !isRefused(charge))).toHaveLength(3);
});

it('[identity A08] a known device still asks staff for the second factor while strangers are locked out', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const { deviceToken = '' } = await test.signIn(manager);
  for (let at = 0; at < 6; at += 1) await count(organizationId, manager.email, at);
  const step = await test.start(test.anonymous(organizationId), { ...manager, deviceToken });
  expect(step.__typename).toBe('ChallengeRequired');
  expect((await test.signIn(manager, { deviceToken })).__typename).toBe('SessionIssued');
});

it('[identity A09] signing in to an account of one’s own between guesses changes nothing for the victim', async () => {
  const organizationId = await test.organization();
  const victim = await test.member({ organizationId, roles: ['CLIENT'] });
  const attacker = await test.member({ organizationId, roles: ['CLIENT'] });
  const kinds: (string | undefined)[] = [];
  for (let at = 0; at < 4; at += 1) {
    kinds.push(...(await guess(organizationId, victim.email, { count: 1, from: at })));
    expect((await test.signIn(attacker)).__typename).toBe('SessionIssued');
  }
  expect(kinds.at(-1)).toBe('ProofOfWorkRequired');
});

it('[identity A09] the victim signing in gives the attacker no new attempts', async () => {
  const organizationId = await test.organization();
  const victim = await test.member({ organizationId, roles: ['CLIENT'] });
  await guess(organizationId, victim.email, { count: 3 });
  expect((await test.startWorking(test.anonymous(organizationId), victim)).__typename).toMatch(IN);
  expect(await guess(organizationId, victim.email, { count: 1, from: 10 })).toEqual(['ProofOfWorkRequired']);
});

it('[identity A14] the same wrong password fifty times counts as one', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const telephone = test.anonymous(organizationId, { networkAddress: '203.0.113.5' });
  for (let at = 0; at < 50; at += 1) {
    const step = await test.start(telephone, { email: client.email, password: 'The-Old-Password-1' });
    expect(step.code).toBe('BAD_CREDENTIALS');
  }
  expect((await test.start(telephone, client)).__typename).toMatch(IN);
});

it('[identity A08] a device loses its trust by its own wrong passwords', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  const onDevice = (password: string) =>
    test.start(test.anonymous(organizationId), { email: client.email, password, deviceToken });
  for (let at = 0; at < 10; at += 1) await onDevice(`Wrong-Password-${at}`);
  for (let at = 0; at < 5; at += 1) await count(organizationId, client.email, at);
  expect(await onDevice(client.password)).toMatchObject({ code: 'ACCOUNT_LOCKED' });
});

it('[identity A22] a device token of another person or organization makes nobody known', async () => {
  const organizationId = await test.organization();
  const victim = await test.member({ organizationId, roles: ['CLIENT'] });
  const attacker = await test.member({ organizationId, roles: ['CLIENT'] });
  const elsewhere = await test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
  const tokens = [await test.signIn(attacker), await test.signIn(elsewhere)].map(
    ({ deviceToken = '' }) => deviceToken,
  );
  for (let at = 0; at < 5; at += 1) await count(organizationId, victim.email, at);
  for (const deviceToken of [...tokens, 'kd1_', 'x'.repeat(500)]) {
    const { email, password } = victim;
    expect(await test.start(test.anonymous(organizationId), { email, password, deviceToken })).toMatchObject({
      code: 'ACCOUNT_LOCKED',
    });
  }
});

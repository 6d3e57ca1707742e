// Guessing is slowed and stopped, and the person whose password is guessed goes on signing in.
import { randomUUID } from 'node:crypto';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
}, 60_000);
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
    codes.push((await test.start(attacker, { email, password: `Wrong-Password-${at}` })).code);
  }
  return codes;
}

it('[identity A08] [AUT-06] six wrong passwords lock the attacker out, not the client', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  expect(await guess(organizationId, client.email, { count: 6 })).toEqual([
    ...Array.from({ length: 4 }, () => 'BAD_CREDENTIALS'),
    'ACCOUNT_LOCKED',
    'ACCOUNT_LOCKED',
  ]);
  const unknown = await test.start(test.anonymous(organizationId), client);
  expect(unknown).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: expect.any(Number) });
  expect((await test.signIn(client, { deviceToken })).__typename).toBe('SessionIssued');
  const actions = (await test.audit(organizationId)).map(({ action }) => action);
  expect(actions.filter((action) => action === 'authn_login_lock')).toHaveLength(1);
  expect((await test.mailsTo(client.email)).map(({ subject }) => subject)).toContain(
    'Somebody tries to guess your password',
  );
});

it('[identity A08] a known device still asks staff for the second factor while strangers are locked out', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const { deviceToken = '' } = await test.signIn(manager);
  await guess(organizationId, manager.email, { count: 6 });
  const step = await test.start(test.anonymous(organizationId), { ...manager, deviceToken });
  expect(step.__typename).toBe('ChallengeRequired');
  expect((await test.signIn(manager, { deviceToken })).__typename).toBe('SessionIssued');
});

it('[identity A08] attempts during a lock are not looked at and do not lengthen it', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  await guess(organizationId, client.email, { count: 5 });
  test.clock.advance(10 * 60_000);
  await guess(organizationId, client.email, { count: 50, from: 100 });
  const right = await test.start(test.anonymous(organizationId), client);
  expect(right).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: 300 });
  test.clock.advance(5 * 60_000);
  expect((await test.start(test.anonymous(organizationId), client)).__typename).toBe('SessionIssued');
});

it('[identity A08] after a lock one more failure locks again, twice as long', async () => {
  const organizationId = await test.organization();
  const email = `nobody-${randomUUID()}@example.org`;
  await guess(organizationId, email, { count: 5 });
  test.clock.advance(15 * 60_000);
  const attacker = test.anonymous(organizationId, { networkAddress: '203.0.113.9' });
  const again = await test.start(attacker, { email, password: 'Wrong-Again-1' });
  expect(again).toMatchObject({ code: 'ACCOUNT_LOCKED', retryAfterSeconds: 30 * 60 });
});

it('[identity A08] of fifty guesses at once five are looked at', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const steps = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      test
        .start(test.anonymous(organizationId, { networkAddress: address(at) }), {
          email: client.email,
          password: `Wrong-Password-${at}`,
        })
        .catch((error: unknown) => ({ code: String(error) })),
    ),
  );
  expect(steps.filter(({ code }) => code === 'BAD_CREDENTIALS')).toHaveLength(4);
  expect(steps.filter(({ code }) => code === 'ACCOUNT_LOCKED')).toHaveLength(46);
});

it('[identity A09] signing in to an account of one’s own between guesses changes nothing for the victim', async () => {
  const organizationId = await test.organization();
  const victim = await test.member({ organizationId, roles: ['CLIENT'] });
  const attacker = await test.member({ organizationId, roles: ['CLIENT'] });
  const codes: (string | undefined)[] = [];
  for (let at = 0; at < 6; at += 1) {
    codes.push(...(await guess(organizationId, victim.email, { count: 1, from: at })));
    expect((await test.signIn(attacker)).__typename).toBe('SessionIssued');
  }
  expect(codes.at(-1)).toBe('ACCOUNT_LOCKED');
});

it('[identity A09] the victim signing in gives the attacker no new attempts', async () => {
  const organizationId = await test.organization();
  const victim = await test.member({ organizationId, roles: ['CLIENT'] });
  await guess(organizationId, victim.email, { count: 4 });
  expect((await test.signIn(victim)).__typename).toBe('SessionIssued');
  expect(await guess(organizationId, victim.email, { count: 1, from: 10 })).toEqual(['ACCOUNT_LOCKED']);
});

it('[identity A11] however an IPv6 address is written and wherever it lies in its /64, it is one network', async () => {
  const organizationId = await test.organization();
  const forms = [
    '2001:DB8:1:2::1',
    '2001:db8:0001:0002:ffff::',
    '2001:db8:1:2:0:0:0:9',
    '2001:db8:1:2:a:b:c:d',
  ];
  const tryFrom = (networkAddress: string, at: number) =>
    test.start(test.anonymous(organizationId, { networkAddress }), {
      email: `nobody-${at}-${randomUUID()}@example.org`,
      password: `Wrong-Password-${at}`,
    });
  for (let at = 0; at < 20; at += 1) await tryFrom(forms[at % forms.length] ?? '', at);
  await expect(tryFrom('2001:db8:1:2:dead:beef::', 20)).rejects.toThrow('RATE_LIMITED');
  expect((await tryFrom('2001:db8:1:3::1', 21)).code).toBe('BAD_CREDENTIALS');
});

it('[identity A11] a blocked network does not keep a known device out', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const networkAddress = '::ffff:203.0.113.77';
  const { deviceToken = '' } = await test.signIn(client, { caller: { networkAddress } });
  for (let at = 0; at < 20; at += 1) {
    await test.start(test.anonymous(organizationId, { networkAddress: '203.0.113.77' }), {
      email: `nobody-${at}-${randomUUID()}@example.org`,
      password: `Wrong-Password-${at}`,
    });
  }
  await expect(test.signIn(client, { caller: { networkAddress } })).rejects.toThrow('RATE_LIMITED');
  const known = await test.signIn(client, { deviceToken, caller: { networkAddress } });
  expect(known.__typename).toBe('SessionIssued');
});

it('[identity A14] the same wrong password fifty times counts as one', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const telephone = test.anonymous(organizationId, { networkAddress: '203.0.113.5' });
  for (let at = 0; at < 50; at += 1) {
    const step = await test.start(telephone, { email: client.email, password: 'The-Old-Password-1' });
    expect(step.code).toBe('BAD_CREDENTIALS');
  }
  expect((await test.start(telephone, client)).__typename).toBe('SessionIssued');
});

it('[identity A08] a device loses its trust by its own wrong passwords', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  const onDevice = (password: string) =>
    test.start(test.anonymous(organizationId), { email: client.email, password, deviceToken });
  for (let at = 0; at < 10; at += 1) await onDevice(`Wrong-Password-${at}`);
  await guess(organizationId, client.email, { count: 5 });
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
  await guess(organizationId, victim.email, { count: 5 });
  for (const deviceToken of [...tokens, 'kd1_', 'x'.repeat(500)]) {
    const { email, password } = victim;
    expect(await test.start(test.anonymous(organizationId), { email, password, deviceToken })).toMatchObject({
      code: 'ACCOUNT_LOCKED',
    });
  }
});

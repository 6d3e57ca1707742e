/**
 * The hole this keeps closed: an attack that no single account or network would show. One network tries a list, a thousand
 * networks try one account, one password is tried on everybody; each is seen by its numbers, and nobody is locked out by it.
 */
import { randomBytes } from 'node:crypto';
import { describeWithRedis, redisForTests, callerOf, type TestRedis } from '@kept/testing';
import { connectRedis } from '@kept/jobs/redis';
import { openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';
import { isUnusualRatio } from './detectors.ts';
import { openSignInWatch, type FailedSignIn } from './sign-in-watch.ts';
import { redisVolume } from './volume-store.ts';

// The password was looked at and right. A new device may be asked for a mailed code as well (risk/).
const IN = /^(SessionIssued|ChallengeRequired)$/;

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const network = (at: number) => `203.${Math.floor(at / 250) % 250}.113.${at % 250}`;
const failure = (organizationId: string, more: Partial<FailedSignIn>): FailedSignIn => ({
  organizationId,
  identifier: randomBytes(32),
  accountId: null,
  networkAddress: network(1),
  isKnownDevice: false,
  requestId: null,
  ...more,
});

async function see(failures: readonly FailedSignIn[]) {
  for (const one of failures) test.identity.watch.failed(one);
  await test.identity.watch.settled();
}

interface Alert {
  kind: string;
  accountId: string | null;
  failures: number;
  identifiers: number;
  networks: number;
  raisedAt: string;
}
async function alerts(organizationId: string): Promise<Alert[]> {
  const caller = callerOf({ kind: 'STAFF', organizationId, roles: ['COMPLIANCE'], secondFactor: true });
  const query = '{ securityAlerts(first: 100) { kind accountId failures identifiers networks raisedAt } }';
  const { data } = await test.ask(caller, query);
  return (data as { securityAlerts: Alert[] }).securityAlerts;
}
const kinds = async (organizationId: string) => (await alerts(organizationId)).map(({ kind }) => kind);

async function events(organizationId: string) {
  return test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ payload: Record<string, unknown> }>(
      "SELECT payload FROM outbox WHERE organization_id = $1 AND name = 'auth.failures' ORDER BY occurred_at",
      [organizationId],
    ),
  );
}

it('[DET-02] [AUT-08] five failures in five minutes on one account are an alert and an event with counts, four are not', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const wrong = async (at: number) => {
    const caller = test.anonymous(organizationId, { networkAddress: network(at) });
    await test.startWorking(caller, { email: client.email, password: `Wrong-Password-${at}` });
    await test.identity.watch.settled();
  };
  for (let at = 0; at < 4; at += 1) await wrong(at);
  expect(await alerts(organizationId)).toEqual([]);
  test.clock.advance(60_000);
  await wrong(4);
  const now = test.clock();
  expect(await alerts(organizationId)).toEqual([
    expect.objectContaining({ kind: 'ACCOUNT_FAILURES', accountId: client.id, failures: 5 }),
  ]);
  const [alert] = await alerts(organizationId);
  expect(now.getTime() - new Date(alert?.raisedAt ?? 0).getTime()).toBeLessThanOrEqual(10_000);
  expect((await events(organizationId)).map(({ payload }) => payload)).toEqual([
    expect.objectContaining({ reason: 'account_failures', failures: 5, dataSubjectId: client.id }),
  ]);
});

it('[DET-02] fifty failures in five minutes from one prefix are an alert, also over the border of two windows', async () => {
  const organizationId = await test.organization();
  const fromPrefix = (count: number) =>
    Array.from({ length: count }, (_, at) => failure(organizationId, { networkAddress: `198.51.100.${at}` }));
  await see(fromPrefix(30));
  test.clock.advance(4 * 60_000);
  await see(fromPrefix(19));
  expect(await kinds(organizationId)).toEqual([]);
  await see(fromPrefix(1));
  expect(await kinds(organizationId)).toEqual(['PREFIX_FAILURES']);
  const [event] = await events(organizationId);
  expect(event?.payload).toMatchObject({ reason: 'prefix_failures', failures: 50, windowSeconds: 300 });
});

it('[AUT-08] one network that tries two hundred addresses is stuffing; refused attempts count as well', async () => {
  const organizationId = await test.organization();
  await see(Array.from({ length: 199 }, () => failure(organizationId, {})));
  expect(await kinds(organizationId)).not.toContain('CREDENTIAL_STUFFING');
  await see([failure(organizationId, {})]);
  expect(await alerts(organizationId)).toContainEqual(
    expect.objectContaining({ kind: 'CREDENTIAL_STUFFING', identifiers: 200, networks: 1 }),
  );
});

it('[AUT-08] two hundred networks that try one account are found, and told to those responsible once', async () => {
  const organizationId = await test.organization();
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const identifier = test.identity.secrets.hash('identifier', organizationId, client.email);
  const tries = (count: number, from = 0) =>
    Array.from({ length: count }, (_, at) =>
      failure(organizationId, { identifier, accountId: client.id, networkAddress: network(from + at) }),
    );
  await see(tries(199));
  expect(await kinds(organizationId)).not.toContain('DISTRIBUTED_GUESSING');
  await see(tries(5, 199));
  expect(await alerts(organizationId)).toContainEqual(
    expect.objectContaining({ kind: 'DISTRIBUTED_GUESSING', networks: 204, accountId: client.id }),
  );
  const subjects = (await test.mailsTo(manager.email)).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject === 'Somebody attacks your sign-ins')).toHaveLength(1);
});

const SPRAYED = process.env['KEPT_NIGHTLY'] === '1' ? 5_000 : 150;
it(`[identity A15] one password on ${SPRAYED} accounts is found within a minute; work is asked for, and nobody is locked out`, async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { deviceToken = '' } = await test.signIn(client);
  expect((await test.start(test.anonymous(organizationId), client)).__typename).toMatch(IN);
  const began = test.clock().getTime();
  for (let at = 0; at < SPRAYED; at += 50)
    await see(
      Array.from({ length: 50 }, (_, more) =>
        failure(organizationId, { networkAddress: network(at + more) }),
      ),
    );
  const found = (await alerts(organizationId)).find(({ kind }) => kind === 'PASSWORD_SPRAYING');
  expect(found?.identifiers).toBeGreaterThanOrEqual(100);
  expect(new Date(found?.raisedAt ?? 0).getTime() - began).toBeLessThan(60_000);
  const elsewhere = test.anonymous(organizationId, { networkAddress: '192.0.2.9' });
  expect((await test.start(elsewhere, client)).__typename).toBe('ProofOfWorkRequired');
  expect((await test.startWorking(elsewhere, client)).__typename).toMatch(IN);
  expect((await test.signIn(client, { deviceToken })).__typename).toBe('SessionIssued');
});

it('[AUT-08] nobody but managers and those responsible for data protection sees alerts', async () => {
  const organizationId = await test.organization();
  for (const role of ['FRONT_DESK', 'PROVIDER', 'BILLING'] as const) {
    const caller = callerOf({ kind: 'STAFF', organizationId, roles: [role], secondFactor: true });
    const { data } = await test.ask(caller, '{ securityAlerts { id } }');
    expect((data as { securityAlerts: unknown } | null)?.securityAlerts ?? null).toBeNull();
  }
});

it('[AUT-08] a share of failures is unusual against the organization’s own, never without a history', () => {
  const attack = { failures: 80, successes: 20 };
  expect(isUnusualRatio(attack, undefined)).toBe(false);
  expect(isUnusualRatio(attack, { share: 0.1, windows: 5 })).toBe(false);
  expect(isUnusualRatio(attack, { share: 0.1, windows: 6 })).toBe(true);
  expect(isUnusualRatio(attack, { share: 0.3, windows: 60 })).toBe(false);
  expect(isUnusualRatio({ failures: 49, successes: 0 }, { share: 0.1, windows: 60 })).toBe(false);
});

describeWithRedis('with counters in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    const found = await redisForTests();
    if (!found) throw new Error('There was a Redis a moment ago.');
    redis = found;
  });
  afterAll(() => redis.stop());

  it('[AUT-08] finds the same, and goes on in the database when Redis is away', async () => {
    const log = openLog({ service: 'identity', level: 'silent' });
    const connection = connectRedis({ url: redis.url, log });
    const failed: unknown[] = [];
    const watch = openSignInWatch(test.identity, {
      volume: redisVolume(connection.client),
      onError: (error) => failed.push(error),
    });
    const burst = async (organizationId: string) => {
      for (let at = 0; at < 50; at += 1) watch.failed(failure(organizationId, {}));
      await watch.settled();
      return kinds(organizationId);
    };
    await eventually(() => 'status' in connection.client && connection.client.status === 'ready');
    const organizationId = await test.organization();
    expect(await burst(organizationId)).toContain('PREFIX_FAILURES');
    const counted = await test.databases.database.transaction(organizationId, (tx) =>
      tx.query('SELECT key FROM volume_counter'),
    );
    expect(counted).toEqual([]);
    await connection.close();
    expect(await burst(await test.organization())).toContain('PREFIX_FAILURES');
    expect(failed).toEqual([]);
  });
});

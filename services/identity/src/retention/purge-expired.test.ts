import { randomUUID } from 'node:crypto';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';
import { purgeIdentity } from './purge-expired.job.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const DAY_MS = 24 * 60 * 60_000;
const rows = <Row>(organizationId: string, sql: string) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql));
const signUp = (organizationId: string, email: string) =>
  test.ask(
    test.anonymous(organizationId),
    'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
    { input: { email, password: PASSWORD, displayName: 'Ada Example' } },
  );
const count = async (organizationId: string, table: string) => {
  const [row] = await rows<{ count: string }>(organizationId, `SELECT count(*) FROM ${table}`);
  return Number(row?.count);
};

it('[DAT-06] an address that nobody confirmed is gone after a week, with its keys, password, flow and mail', async () => {
  const organizationId = await test.organization();
  await signUp(organizationId, `new-${randomUUID()}@example.org`);
  await test.mailsTo('nobody');
  test.clock.advance(7 * DAY_MS - 1_000);
  await purgeIdentity(test.identity);
  expect(await count(organizationId, 'account')).toBe(1);
  test.clock.advance(1_000);
  await purgeIdentity(test.identity);
  for (const table of ['account', 'password_credential', 'auth_flow', 'outgoing_mail']) {
    expect([table, await count(organizationId, table)]).toEqual([table, 0]);
  }
  const keys = await rows<{ wrapped_key: Buffer | null }>(
    organizationId,
    'SELECT wrapped_key FROM data_subject_key',
  );
  expect(keys.every(({ wrapped_key }) => wrapped_key === null || wrapped_key.length === 0)).toBe(true);
  expect(await test.audit(organizationId)).toContainEqual(
    expect.objectContaining({
      action: 'retention_purged',
      details: expect.objectContaining({
        table: 'account',
        rule: 'unconfirmed-accounts',
        count: '1',
      }) as object,
    }),
  );
});

it('[DAT-06] a confirmed account stays; its sessions go ninety days after their end', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  await test.signIn(client);
  test.clock.advance(89 * DAY_MS);
  await purgeIdentity(test.identity);
  expect([await count(organizationId, 'session'), await count(organizationId, 'auth_flow')]).toEqual([1, 0]);
  test.clock.advance(3 * DAY_MS);
  await purgeIdentity(test.identity);
  expect([await count(organizationId, 'session'), await count(organizationId, 'account')]).toEqual([0, 1]);
});

it('[DAT-06] the contact of a client is forgotten two years after the last activity; staff are still known', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const manager = await test.member({ organizationId, roles: ['MANAGER'] });
  await test.signIn(client);
  test.clock.advance(800 * DAY_MS);
  await purgeIdentity(test.identity);
  const [left] = await rows<{ display_name: unknown; email: unknown; email_index: unknown; phone: unknown }>(
    organizationId,
    `SELECT display_name, email, email_index, phone FROM account WHERE id = '${client.id}'`,
  );
  expect(left).toEqual({ display_name: null, email: null, email_index: null, phone: null });
  expect((await test.start(test.anonymous(organizationId), client)).code).toBe('BAD_CREDENTIALS');
  // With both factors, and then for a new password: this one is older than staff's may be (AUT-05).
  expect((await test.signIn(manager)).__typename).toBe('PasswordChangeRequired');
});

it('a second run removes nothing', async () => {
  await purgeIdentity(test.identity);
  expect(await purgeIdentity(test.identity)).toMatchObject({ removed: 0 });
});

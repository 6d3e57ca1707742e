// The hole: an account in the wrong hands goes on until somebody finds the right switch, or the switch itself becomes a weapon.
import { randomUUID } from 'node:crypto';
import type { Role } from '@kept/passport';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';
import { purgeIdentity } from '../retention/purge-expired.job.ts';
import { runControlCommand } from './control-command.ts';
import { forgetWithdrawals } from './withdrawals.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());
beforeEach(async () => {
  organizationId = await test.organization();
});

const REASON = 'Signs in from two continents';
const ISOLATE = `mutation ($input: IsolateActorInput!) { isolateActor(input: $input) { accountId until byOperator reason } }`;
const RELEASE = `mutation ($id: ID!) { releaseActor(accountId: $id) { accountId releasedAt } }`;
const LIST = '{ isolatedActors { accountId byOperator } }';

const member = (roles: Role[], more: object = {}) => test.member({ organizationId, roles, ...more });
const signedIn = async (roles: Role[]) => test.callerFrom(await test.signIn(await member(roles)));
const codes = ({ errors }: { errors: readonly { extensions?: { code?: string } }[] }) =>
  errors.map(({ extensions }) => extensions?.code);
type Caller = Awaited<ReturnType<typeof signedIn>>;
const isolate = (caller: Caller, accountId: string, more: object = {}) =>
  test.ask(caller, ISOLATE, { input: { accountId, reason: REASON, ...more } });
const listed = async (caller: Caller) =>
  rootField<{ accountId: string }[]>(await test.ask(caller, LIST)).map(({ accountId }) => accountId);

/** `npm run control -- …`, with what it printed. */
async function control(...argv: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await runControlCommand(argv, {
    database: test.databases.database,
    clock: test.clock,
    operator: 'olga@ops',
    print: (line) => void lines.push(line),
  });
  return { code, text: lines.join('\n') };
}

describe('somebody responsible for data protection', () => {
  it('keeps a person of their organization out and lets them in again; the log says so, without the reason', async () => {
    const officer = await signedIn(['COMPLIANCE']);
    const { id } = await member(['PROVIDER']);
    const isolation = rootField<object>(await isolate(officer, id, { minutes: 60 }));
    expect(isolation).toEqual({
      accountId: id,
      until: new Date(test.clock().getTime() + 60 * 60_000).toISOString(),
      byOperator: false,
      reason: REASON,
    });
    expect(await listed(officer)).toEqual([id]);
    expect(rootField<object>(await test.ask(officer, RELEASE, { id }))).toMatchObject({ accountId: id });
    expect(await listed(officer)).toEqual([]);
    expect(codes(await test.ask(officer, RELEASE, { id }))).toEqual(['NOT_FOUND']);
    const entries = (await test.audit(organizationId)).filter(({ action }) => action.startsWith('access_'));
    expect(entries.map(({ action }) => action)).toEqual(['access_isolated', 'access_released']);
    expect(JSON.stringify(entries)).not.toContain(REASON);
  });

  it('isolates neither themselves, nor anybody elsewhere, nor for ever, nor without a fresh second factor', async () => {
    const officer = await signedIn(['COMPLIANCE']);
    const { id } = await member(['PROVIDER']);
    const elsewhere = await test.member({ organizationId: await test.organization(), roles: ['PROVIDER'] });
    expect(codes(await isolate(officer, officer.accountId ?? ''))).toEqual(['BAD_INPUT']);
    for (const unknown of [elsewhere.id, randomUUID(), 'x', `' OR true --`]) {
      expect(codes(await isolate(officer, unknown))).toEqual(['NOT_FOUND']);
      expect(codes(await test.ask(officer, RELEASE, { id: unknown }))).toEqual(['NOT_FOUND']);
    }
    for (const wrong of [
      { minutes: 0 },
      { minutes: 43_201 },
      { reason: 'short' },
      { reason: 'ask ada@example.org about it' },
    ]) {
      expect(codes(await isolate(officer, id, wrong))).toEqual(['BAD_INPUT']);
    }
    const stale = { ...officer, authenticatedAt: (officer.authenticatedAt ?? 0) - 60 * 60 };
    expect(codes(await isolate(stale, id))).toEqual(['STEP_UP_REQUIRED']);
    await test.ask(officer, 'mutation { signOut { endedAt } }');
    expect(codes(await isolate(officer, id))).toEqual(['UNAUTHENTICATED']);
    expect(await listed(officer)).toEqual([]);
  });

  it('is the only one who may', async () => {
    const { id } = await member(['PROVIDER']);
    for (const roles of [
      ['CLIENT'],
      ['PROVIDER'],
      ['FRONT_DESK', 'BILLING'],
      ['MANAGER'],
    ] satisfies Role[][]) {
      const caller = await signedIn(roles);
      expect(codes(await isolate(caller, id))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
      expect(codes(await test.ask(caller, RELEASE, { id }))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
      expect(codes(await test.ask(caller, LIST))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    }
  });

  it('cannot lift what an operator has decided', async () => {
    const officer = await signedIn(['COMPLIANCE']);
    const { id } = await member(['PROVIDER']);
    await isolate(officer, id);
    expect((await control('isolate', 'actor', id, '--reason', 'court order of today')).code).toBe(0);
    await test.ask(officer, RELEASE, { id });
    expect(await listed(officer)).toEqual([id]);
    expect((await control('release', 'actor', id)).code).toBe(0);
    expect(await listed(officer)).toEqual([]);
  });
});

describe('the command for operators', () => {
  it('isolates and releases an organization, an actor and a service, and lists them', async () => {
    const { id } = await member(['CLIENT']);
    const targets: [string, string][] = [
      ['organization', organizationId],
      ['actor', id],
      ['service', 'payments'],
    ];
    for (const [kind, target] of targets) {
      const done = await control('isolate', kind, target, '--reason', REASON, '--minutes', '5');
      expect([done.code, done.text]).toEqual([
        0,
        expect.stringContaining(`isolated: ${kind} ${target} until `) as string,
      ]);
    }
    const { text } = await control('list');
    const until = new Date(test.clock().getTime() + 5 * 60_000).toISOString();
    for (const [kind, target] of targets)
      expect(text).toContain(`${kind} ${target} until ${until}, by operator olga-ops: ${REASON}`);
    for (const [kind, target] of targets) {
      expect((await control('release', kind, target)).text).toBe(`released: ${kind} ${target}`);
      expect(await control('release', kind, target)).toEqual({
        code: 1,
        text: `${kind} ${target} is not isolated.`,
      });
    }
    expect((await control('list')).text).toBe('Nothing is isolated.');
    const actors = (await test.audit(organizationId)).map(
      (entry) => (entry as unknown as { details: { by?: string } }).details.by,
    );
    expect(actors.filter((by) => by === 'operator olga-ops')).toHaveLength(4);
  });

  it.each([
    [
      ['isolate', 'organization', randomUUID(), '--reason', REASON],
      1,
      /There is no organization with the id/,
    ],
    [['isolate', 'actor', randomUUID(), '--reason', REASON], 1, /There is no actor with the id/],
    [['isolate', 'service', 'gateway', '--reason', REASON], 1, /There is no service "gateway"/],
    [['isolate', 'planet', 'earth', '--reason', REASON], 1, /Say organization, actor or service/],
    [['isolate', 'service', 'payments'], 1, /Say why in 10 to 500 characters/],
    [['isolate', 'service', 'payments', '--reason', REASON, '--minutes', '43201'], 1, /1 to 43200 minutes/],
    [['isolate', 'service', 'payments', '--reason', REASON, '--minutes', 'x'], 1, /1 to 43200 minutes/],
    [['isolate', 'service'], 2, /How to use it/],
    [['help'], 2, /How to use it/],
    [[], 2, /How to use it/],
  ])('%j is refused with what to do', async (argv, code, text) => {
    expect(await control(...argv)).toEqual({ code, text: expect.stringMatching(text) as string });
  });
});

it('keeps its history, whoever writes: only a release is added, and only retention deletes', async () => {
  await control('isolate', 'organization', organizationId, '--reason', REASON);
  const statement = (sql: string) =>
    test.databases.database
      .transaction(organizationId, (tx) => tx.query(sql, [organizationId]))
      .then(
        () => undefined,
        (error: { driverError?: { constraint?: string } }) => error.driverError?.constraint,
      );
  const ONLY = 'WHERE target = $1';
  expect(await statement(`UPDATE isolation SET reason = 'another one, written later' ${ONLY}`)).toBe(
    'isolation_only_grows',
  );
  expect(await statement(`UPDATE isolation SET until = until + interval '1 day' ${ONLY}`)).toBe(
    'isolation_only_grows',
  );
  expect(await statement(`DELETE FROM isolation ${ONLY}`)).toBe('isolation_only_grows');
  expect(await statement(`UPDATE isolation SET released_at = now() ${ONLY}`)).toBe(
    'isolation_is_released_by_somebody',
  );
  await control('release', 'organization', organizationId);
  expect(await statement(`UPDATE isolation SET released_at = NULL, released_by = NULL ${ONLY}`)).toBe(
    'isolation_only_grows',
  );
});

it('[DAT-06] is forgotten two years after its end, those of services too', async () => {
  await control('isolate', 'organization', organizationId, '--reason', REASON, '--minutes', '1');
  const kept = (kind: string, target: string) =>
    test.databases.database.infrastructure('test', (tx) =>
      tx.query('SELECT 1 FROM isolation WHERE kind = $1 AND target = $2', [kind, target]),
    );
  await test.databases.database.infrastructure('test', (tx) =>
    tx.query(
      `INSERT INTO isolation (id, kind, target, reason, isolated_by_kind, isolated_by, isolated_at, until)
       VALUES (gen_random_uuid(), 'SERVICE', 'scheduling', $1, 'OPERATOR', 'olga', now() - interval '25 months', now() - interval '25 months' + interval '1 day')`,
      [REASON],
    ),
  );
  await forgetWithdrawals(test.identity);
  expect(await kept('SERVICE', 'scheduling')).toEqual([]);
  test.clock.advance(729 * 24 * 60 * 60_000);
  await purgeIdentity(test.identity);
  expect(await kept('ORGANIZATION', organizationId)).toHaveLength(1);
  test.clock.advance(3 * 24 * 60 * 60_000);
  await purgeIdentity(test.identity);
  expect(await kept('ORGANIZATION', organizationId)).toEqual([]);
});

// After a break-in every credential can be replaced at once; what was stolen must be worth nothing, and nothing else may stop.
import { randomUUID } from 'node:crypto';
import { EXCHANGE, KEY, outcome, PROGRAM, rowsOf, signedIn } from '../people/people-for-tests.ts';
import { runControlCommand } from '../control/control-command.ts';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const ROTATE = `mutation ($input: RotateAllCredentialsInput!) { rotateAllCredentials(input: $input) {
  passwords sessionsEnded devicesForgotten serviceKeys { secret serviceAccountId key { id } } } }`;
const REFRESH = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename } }';
const reason = 'A laptop of ours was stolen last night.';

interface Rotated {
  readonly passwords: number;
  readonly sessionsEnded: number;
  readonly devicesForgotten: number;
  readonly serviceKeys: readonly { secret: string; serviceAccountId: string }[];
}

it('[AUT-10] everybody chooses another password, sessions and devices end, and programs go on during the overlap', async () => {
  const organizationId = await test.organization();
  const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { refreshToken, deviceToken = '' } = await test.signIn(client);
  const elsewhere = await test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
  const foreign = await test.signIn(elsewhere);
  const program = outcome(
    await test.ask(manager.caller, PROGRAM, {
      input: { name: 'Website', ownerId: manager.member.id, roles: ['FRONT_DESK'] },
    }),
  ) as { id: string };
  const old = outcome(await test.ask(manager.caller, KEY, { input: { serviceAccountId: program.id } })) as {
    secret: string;
  };
  const exchange = async (key: string) =>
    (outcome(await test.ask(test.anonymous(organizationId), EXCHANGE, { key })) as { __typename: string })
      .__typename;

  const input = { scope: 'EVERYBODY', overlapMinutes: 30, reason };
  const rotated = outcome(await test.ask(manager.caller, ROTATE, { input })) as Rotated;
  expect(rotated).toMatchObject({ passwords: 2, sessionsEnded: 2, devicesForgotten: 2 });
  const [next] = rotated.serviceKeys;
  expect(next?.serviceAccountId).toBe(program.id);

  const anonymous = test.anonymous(organizationId);
  expect((await test.step(anonymous, REFRESH, { token: refreshToken })).__typename).toBe('SessionEnded');
  const again = await test.start(anonymous, { ...client, deviceToken });
  // Whether a code is asked for first is for the risk of a device that nobody knows any more to say.
  expect(again.__typename).not.toBe('SessionIssued');
  const marks = await rowsOf(test, organizationId, ['SELECT must_change FROM password_credential']);
  expect(marks).toEqual([{ must_change: 'ROTATED' }, { must_change: 'ROTATED' }]);
  const known = await rowsOf(test, organizationId, [
    'SELECT FROM device WHERE account_id = $1 AND revoked_at IS NULL',
    client.id,
  ]);
  expect(known).toEqual([]);
  expect((await test.ask(manager.caller, ROTATE, { input })).errors[0]?.extensions?.code).toBe(
    'UNAUTHENTICATED',
  );
  // Another business has nothing to do with it.
  expect((await test.step(anonymous, REFRESH, { token: foreign.refreshToken })).__typename).toBe(
    'SessionIssued',
  );

  const both = [old.secret, next?.secret ?? ''];
  expect(await Promise.all(both.map(exchange))).toEqual(['ServiceTokenIssued', 'ServiceTokenIssued']);
  test.clock.advance(30 * 60_000);
  expect(await exchange(old.secret)).toBe('ServiceKeyRefused');
  expect(await exchange(next?.secret ?? '')).toBe('ServiceTokenIssued');
  const [audited] = (await test.audit(organizationId)).filter(
    ({ action }) => action === 'credentials_rotated',
  );
  expect(JSON.stringify(audited)).toContain(reason);
  expect(JSON.stringify(audited)).not.toContain(next?.secret.slice(30) ?? 'none');
});

it('[AUT-10] those named alone; and nobody without the role, a fresh sign-in, or a reason', async () => {
  const organizationId = await test.organization();
  const officer = await signedIn(test, { organizationId, roles: ['COMPLIANCE'] });
  const [one, other] = [
    await test.member({ organizationId, roles: ['CLIENT'] }),
    await test.member({ organizationId, roles: ['CLIENT'] }),
  ];
  await test.signIn(one);
  await test.signIn(other);
  const ask = async (input: Record<string, unknown>, caller = officer.caller) => {
    const answer = await test.ask(caller, ROTATE, { input: { scope: 'NAMED', reason, ...input } });
    return answer.errors[0]?.extensions?.code ?? (outcome(answer) as Rotated);
  };
  expect(await ask({ accountIds: [] })).toBe('BAD_INPUT');
  expect(await ask({ accountIds: [one.id], reason: 'why not' })).toBe('BAD_INPUT');
  expect(await ask({ accountIds: [one.id], overlapMinutes: 20_000 })).toBe('BAD_INPUT');
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  expect(await ask({ accountIds: [one.id] }, desk.caller)).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  const done = await ask({ accountIds: [one.id, randomUUID()] });
  expect(done).toMatchObject({ passwords: 1, sessionsEnded: 1, devicesForgotten: 1, serviceKeys: [] });
  expect((await test.start(test.anonymous(organizationId), other)).__typename).toBe('SessionIssued');
  test.clock.advance(16 * 60_000);
  expect(await ask({ accountIds: [other.id] })).toBe('STEP_UP_REQUIRED');
});

it('[AUT-10] the operator can order it where nobody is to be trusted any more, with a reason', async () => {
  const organizationId = await test.organization();
  const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
  const printed: string[] = [];
  const run = (...argv: string[]) =>
    runControlCommand(['rotate', 'organization', ...argv], {
      database: test.databases.database,
      clock: test.clock,
      operator: 'ada',
      print: (line) => void printed.push(line),
    });
  expect(await run(organizationId, '--reason', 'short')).toBe(1);
  expect(await run(randomUUID(), '--reason', reason)).toBe(1);
  expect(await run(organizationId, '--reason', reason)).toBe(0);
  expect(printed.at(-1)).toBe('passwords to change: 1, sessions ended: 1');
  const token = manager.step.refreshToken;
  expect((await test.step(test.anonymous(organizationId), REFRESH, { token })).__typename).toBe(
    'SessionEnded',
  );
});

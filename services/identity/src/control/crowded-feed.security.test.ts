// The hole: gateways are told who is isolated out of one list for all organizations. Whoever fills that list in their own
// organization must not push another organization's isolation, or an operator's, out of it.
import { callerOf, eventually, passportFor } from '@kept/testing';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';
import { followFeed } from './follow-feed-for-tests.ts';
import { isolate } from './isolation.ts';

const REASON = 'a leaked key of theirs';
let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

/** As many isolations by accounts of the organization as there are, later than now. */
const crowd = (organizationId: string, how: { count: number; target: string }) =>
  test.databases.database.infrastructure('test', (tx) =>
    tx.query(
      `INSERT INTO isolation (id, kind, target, organization_id, reason, isolated_by_kind, isolated_by, isolated_at, until)
       SELECT gen_random_uuid(), 'ACTOR', ${how.target}, $1, $2, 'ACCOUNT', 'somebody',
         $3::timestamptz + interval '1 second', $3::timestamptz + interval '1 hour' FROM generate_series(1, $4)`,
      [organizationId, REASON, test.clock(), how.count],
    ),
  );

async function told() {
  const caller = callerOf({ kind: 'SERVICE', organizationId: null, operationName: 'control-feed' });
  const feed = followFeed(
    test.url,
    passportFor({ caller, service: 'identity', body: '', now: test.clock() }),
  );
  await feed.complete();
  feed.leave();
  return feed.lines.flatMap(({ isolations = [] }) => isolations);
}

it('[identity A36] an isolation reaches every gateway, however many others there are elsewhere', async () => {
  const organizationId = await test.organization();
  const by = { kind: 'OPERATOR', id: 'ops', caller: callerOf({ kind: 'SERVICE' }) } as const;
  const target = { kind: 'ORGANIZATION', id: organizationId, organizationId } as const;
  await test.databases.database.transaction(organizationId, (tx) =>
    isolate(tx, { target, reason: REASON, minutes: 50, by, now: test.clock() }),
  );
  await crowd(await test.organization(), { count: 1_200, target: 'gen_random_uuid()::text' });
  const isolations = await told();
  expect(isolations).toContainEqual({
    kind: 'ORGANIZATION',
    target: organizationId,
    until: new Date(test.clock().getTime() + 50 * 60_000).toISOString(),
  });
  expect(isolations).toHaveLength(1_201);
});

it('[identity A36] tells of each target once, until the last of its isolations ends', async () => {
  const somebody = 'aaaaaaaa-0000-4000-8000-000000000001';
  await crowd(await test.organization(), { count: 50, target: `'${somebody}'` });
  const ofThem = (await told()).filter(({ target }) => target === somebody);
  expect(ofThem).toEqual([
    { kind: 'ACTOR', target: somebody, until: new Date(test.clock().getTime() + 3_600_000).toISOString() },
  ]);
});

it('[identity A36] an organization isolates a thousand people at a time and no more: the list stays one that can be told', async () => {
  const organizationId = await test.organization();
  const member = (roles: ('COMPLIANCE' | 'PROVIDER')[]) => test.member({ organizationId, roles });
  const officer = test.callerFrom(await test.signIn(await member(['COMPLIANCE'])));
  const { id } = await member(['PROVIDER']);
  const isolateActor = () =>
    test.ask(officer, 'mutation ($input: IsolateActorInput!) { isolateActor(input: $input) { accountId } }', {
      input: { accountId: id, reason: REASON },
    });
  await crowd(organizationId, { count: 999, target: 'gen_random_uuid()::text' });
  expect((await isolateActor()).errors).toEqual([]);
  const { errors } = await isolateActor();
  expect(errors.map(({ extensions }) => extensions?.['code'])).toEqual(['LIMIT_EXCEEDED']);
  await eventually(async () => (await told()).some(({ target }) => target === id));
});

// The hole: an access token is believed for minutes without asking anybody, so whoever was signed out, robbed of a role or
// shut out goes on until it expires. The feed tells gateways within two seconds, and tells nobody else.
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { PASSPORT_HEADER, type Caller } from '@kept/passport';
import { openLog } from '@kept/subgraph-kit';
import { callerOf, eventually, passportFor, testPassportKey } from '@kept/testing';
import { startApi } from '../start-api.ts';
import { openTestIdentity, type Step, type TestIdentity } from '../test-identity.ts';
import { FEED_PATH } from './feed-route.ts';
import { followFeed } from './follow-feed-for-tests.ts';
import { isolate } from './isolation.ts';
import { forgetWithdrawals, readWithdrawals, type Withdrawal } from './withdrawals.ts';

let test: TestIdentity;
// Another process of identity, as far as the database can tell: nothing but that connects the two.
let second: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  test = await openTestIdentity({ poolMax: 16 });
  second = await startApi(test.identity, {
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('identity')],
    log: openLog({ service: 'identity', level: 'silent' }),
  });
});
afterAll(async () => {
  await second.stop();
  await test.stop();
});

const gateway = (more: Partial<Caller> = {}) =>
  callerOf({ kind: 'SERVICE', organizationId: null, operationName: 'control-feed', ...more });
const passport = (caller: Caller, more: { service?: string; body?: string; now?: Date } = {}) =>
  passportFor({ caller, service: 'identity', body: '', now: test.clock(), ...more });

const follow = (url = test.url) => followFeed(url, passport(gateway()));
const sessionOf = (step: Step) => test.callerFrom(step).sessionId;
const client = async () => test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
const inOrganization = (organizationId: string, sql: string, parameters: unknown[]) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query(sql, parameters));

it('answers nobody but a gateway: 401 without a passport, with one for people, another service, route, body or time', async () => {
  const refused = [
    undefined,
    'v1.test.0.0.0.0',
    passport(callerOf({ kind: 'STAFF', roles: ['COMPLIANCE'], operationName: 'control-feed' })),
    passport(callerOf({ kind: 'ANONYMOUS', operationName: 'control-feed' })),
    passport(gateway({ operationName: 'access-records' })),
    passport(gateway(), { service: 'scheduling' }),
    passport(gateway(), { body: '{}' }),
    passport(gateway(), { now: new Date(test.clock().getTime() - 31_000) }),
  ];
  for (const header of refused) {
    const response = await fetch(`${test.url}${FEED_PATH}`, {
      headers: header === undefined ? {} : { [PASSPORT_HEADER]: header },
    });
    expect([response.status, await response.text()]).toEqual([
      401,
      expect.not.stringContaining('withdrawals'),
    ]);
  }
  const once = passport(gateway());
  const open = await fetch(`${test.url}${FEED_PATH}`, { headers: { [PASSPORT_HEADER]: once } });
  const again = await fetch(`${test.url}${FEED_PATH}`, { headers: { [PASSPORT_HEADER]: once } });
  expect([open.status, again.status]).toEqual([200, 401]);
  await open.body?.cancel();
});

it('tells who arrives what was withdrawn before, then what is, and that it is alive when nothing is', async () => {
  const member = await client();
  const [before, after] = [await test.signIn(member), await test.signIn(member)];
  await test.ask(test.callerFrom(before), 'mutation { signOut { endedAt } }');
  const feed = follow();
  await feed.complete();
  const snapshot = feed.lines
    .filter(({ type }) => type === 'snapshot')
    .flatMap((line) => line.withdrawals ?? []);
  expect(snapshot).toContainEqual({ kind: 'SESSION', id: sessionOf(before) });
  expect(snapshot).not.toContainEqual(expect.objectContaining({ id: sessionOf(after) }));
  await test.ask(test.callerFrom(after), 'mutation { signOut { endedAt } }');
  await eventually(() => feed.told('SESSION', sessionOf(after)).length > 0, { withinMs: 2_000 });
  await eventually(() => feed.lines.at(-1)?.type === 'alive');
  expect(feed.told('SESSION', sessionOf(after))).toHaveLength(1);
  feed.leave();
});

describe('[identity A36] within two seconds every gateway knows of', () => {
  const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
    ... on SessionIssued { accessToken refreshToken } } }`;
  const refresh = (token: string | undefined) =>
    test.step({ ...test.anonymous(randomUUID()), organizationId: null }, REFRESH, { token });

  /** Two gateways follow, each another process of identity; what `act` does must reach both. */
  async function reachesAll(
    kind: Withdrawal['kind'],
    act: () => Promise<string | null>,
  ): Promise<Withdrawal[]> {
    const feeds = [follow(), follow(second.url)];
    await Promise.all(feeds.map((feed) => feed.complete()));
    const id = await act();
    await eventually(() => feeds.every((feed) => feed.told(kind, id).length > 0), { withinMs: 2_000 });
    const [first] = feeds.map((feed) => feed.told(kind, id));
    feeds.forEach((feed) => feed.leave());
    return first ?? [];
  }

  it('a sign-out', async () => {
    const step = await test.signIn(await client());
    await reachesAll('SESSION', async () => {
      await test.ask(test.callerFrom(step), 'mutation { signOut { endedAt } }');
      return sessionOf(step);
    });
  });

  it('a sign-out everywhere: every session of that account, and of nobody else', async () => {
    const member = await client();
    const colleague = await test.signIn(
      await test.member({ organizationId: member.organizationId, roles: ['CLIENT'] }),
    );
    const [here, there] = [await test.signIn(member), await test.signIn(member)];
    await reachesAll('SESSION', async () => {
      await test.ask(test.callerFrom(here), 'mutation { signOutEverywhere { endedAt } }');
      return sessionOf(there);
    });
    for (const step of [here, there]) {
      expect((await refresh(step.refreshToken)).__typename).toBe('SessionEnded');
    }
    expect((await refresh(colleague.refreshToken)).__typename).toBe('SessionIssued');
  });

  it('a refresh token that was used again', async () => {
    const step = await test.signIn(await client());
    await reachesAll('SESSION', async () => {
      await refresh(step.refreshToken);
      test.clock.advance(10_001);
      await refresh(step.refreshToken);
      return sessionOf(step);
    });
  });

  it('a session that gives way to a newer one', async () => {
    const manager = await test.member({ organizationId: await test.organization(), roles: ['MANAGER'] });
    const first = await test.signIn(manager);
    await reachesAll('SESSION', async () => {
      for (let more = 0; more < 3; more += 1) await test.signIn(manager);
      return sessionOf(first);
    });
  });

  it('an account that is closed, and one that is deleted', async () => {
    for (const sql of [
      "UPDATE account SET state = 'ERASED', email_index = NULL WHERE id = $1",
      'DELETE FROM account WHERE id = $1',
    ]) {
      const member = await client();
      const step = await test.signIn(member);
      await reachesAll('SESSION', async () => {
        await inOrganization(member.organizationId, sql, [member.id]);
        return sessionOf(step);
      });
    }
  });

  it('a role that was taken away: the tokens so far, while the session goes on with what is left', async () => {
    const member = await test.member({
      organizationId: await test.organization(),
      roles: ['COMPLIANCE', 'BILLING'],
    });
    const step = await test.signIn(member);
    const told = await reachesAll('TOKENS', async () => {
      await inOrganization(member.organizationId, "UPDATE account SET roles = '{BILLING}' WHERE id = $1", [
        member.id,
      ]);
      return sessionOf(step);
    });
    expect(told).toEqual([{ kind: 'TOKENS', id: sessionOf(step), generation: 1 }]);
    const next = await refresh(step.refreshToken);
    const claims = JSON.parse(Buffer.from(next.accessToken?.split('.')[1] ?? '', 'base64url').toString()) as {
      gen: number;
      roles: string[];
    };
    expect([claims.gen, claims.roles]).toEqual([1, ['BILLING']]);
  });

  it('a second factor that was taken off: other sessions, and the tokens of this one that claim it', async () => {
    const member = await test.member({
      organizationId: await test.organization(),
      roles: ['CLIENT'],
      totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    });
    const [own, other] = [await test.signIn(member), await test.signIn(member)];
    await reachesAll('TOKENS', async () => {
      test.clock.advance(30_000);
      const remove = 'mutation ($input: TotpRemoveInput!) { totpRemove(input: $input) { __typename } }';
      const code = test.codeOf(member.totpSecret);
      const { data } = await test.ask(test.callerFrom(own), remove, { input: { code } });
      expect(data?.['totpRemove']).toEqual({ __typename: 'TotpRemoved' });
      return sessionOf(own);
    });
    const { withdrawals } = await test.databases.database.infrastructure('test', (tx) => readWithdrawals(tx));
    expect(withdrawals).toContainEqual({ kind: 'SESSION', id: sessionOf(other) });
  });

  it('an isolation, its release and its end by itself', async () => {
    const organizationId = await test.organization();
    const feed = follow();
    await feed.complete();
    const isolated = () =>
      feed.lines.findLast(({ type }) => type === 'isolations')?.isolations?.map(({ target }) => target);
    const by = { kind: 'OPERATOR', id: 'ops', caller: callerOf({ kind: 'SERVICE' }) } as const;
    const target = { kind: 'ORGANIZATION', id: organizationId, organizationId } as const;
    await test.databases.database.transaction(organizationId, (tx) =>
      isolate(tx, { target, reason: 'a leaked key of theirs', minutes: 5, by, now: test.clock() }),
    );
    await eventually(() => isolated()?.includes(organizationId), { withinMs: 2_000 });
    test.clock.advance(5 * 60_000);
    await eventually(() => isolated()?.includes(organizationId) === false, { withinMs: 2_000 });
    feed.leave();
  });
});

it('misses nothing and tells nothing twice, in whatever order transactions commit', async () => {
  const { database } = test.databases;
  const ids = Array.from({ length: 40 }, (): string => randomUUID());
  const write = (id: string, before: Promise<unknown>) =>
    database.infrastructure('test', async (tx) => {
      await tx.query("INSERT INTO access_withdrawal (kind, id) VALUES ('SESSION', $1)", [id]);
      await before;
    });
  // The first to write commits last: with the row's number as the cursor it would be passed over.
  let letCommit: (value?: unknown) => void = () => undefined;
  const held = new Promise((resolve) => (letCommit = resolve));
  const [slow = '', ...quick] = ids;
  const last = write(slow, held);
  const writing = Promise.all(quick.map((id) => write(id, Promise.resolve())));
  const told: string[] = [];
  let cursor: string | undefined;
  const look = async () => {
    const read = await database.infrastructure('test', (tx) => readWithdrawals(tx, cursor));
    ({ cursor } = read);
    told.push(...read.withdrawals.map(({ id }) => id).filter((id) => ids.includes(id)));
  };
  for (let times = 0; times < 10; times += 1) await look();
  await writing;
  await look();
  expect(told.toSorted()).toEqual(quick.toSorted());
  letCommit();
  await last;
  await look();
  await look();
  expect(told.toSorted()).toEqual(ids.toSorted());
});

it('breaks off when the database does, instead of saying that nothing changes', async () => {
  const open = await openTestIdentity();
  const headers = {
    [PASSPORT_HEADER]: passportFor({ caller: gateway(), service: 'identity', body: '', now: open.clock() }),
  };
  let ended = false;
  get(`${open.url}${FEED_PATH}`, { headers }, (response) => {
    response
      .resume()
      .on('error', () => (ended = true))
      .on('close', () => (ended = true));
  }).on('error', () => (ended = true));
  await open.databases.database.close();
  await eventually(() => ended);
  await open.stop().catch(() => undefined);
});

it('keeps what was withdrawn no longer than a token could claim it', async () => {
  const { database } = test.databases;
  await database.infrastructure('test', (tx) =>
    tx.query(
      "INSERT INTO access_withdrawal (kind, id, recorded_at) SELECT 'SESSION', gen_random_uuid(), now() - interval '1 hour' FROM generate_series(1, 6000)",
    ),
  );
  expect(await forgetWithdrawals(test.identity)).toBe(6_000);
  expect(await forgetWithdrawals(test.identity)).toBe(0);
});

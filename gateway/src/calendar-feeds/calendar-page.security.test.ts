/**
 * The hole: an address that is its own key is copied into logs, traces, metrics and proxies by everything it passes, and
 * whoever reads one of those reads somebody's calendar from then on.
 */
import { randomUUID } from 'node:crypto';
import { PASSPORT_HEADER, openPassportVerifier } from '@kept/passport';
import { json, listen, openLog, type HttpAnswer } from '@kept/subgraph-kit';
import { eventually, fixedClock } from '@kept/testing';
import { limitsWith } from '../limits/settings.ts';
import { openTestGraph, passportKeyOf, type TestGraph } from '../test-graph/open-test-graph.ts';

const TOKEN = `AAAAAAAAAAAAAAAAAAAAAA.${'s'.repeat(42)}A`;
const OTHER = `AAAAAAAAAAAAAAAAAAAAAA.${'t'.repeat(42)}A`;
const owner = { kind: 'CLIENT', id: randomUUID() } as const;
const organizationId = randomUUID();

const asked: string[] = [];
const records: { organizationId: string; actor: unknown; rows: number; subjects: unknown[] }[] = [];
let instead: (() => HttpAnswer) | undefined;
let calendar = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
let graph: TestGraph;
const clock = fixedClock('2030-01-01T00:00:00Z');

/** Stands where scheduling and compliance do, and believes nobody but the gateway. */
const servers = Promise.all(
  (
    [
      ['scheduling', '/calendar-feed', 'calendar-feed'],
      ['compliance', '/access-records', 'access-records'],
    ] as const
  ).map(([service, path, operation]) => {
    const verifier = openPassportVerifier({ service, keys: [passportKeyOf(service)], clock });
    return listen({
      host: '127.0.0.1',
      port: 0,
      log: openLog({ service, level: 'silent' }),
      routes: [
        {
          method: 'POST',
          path,
          handle: ({ headers, body }) => {
            const caller = verifier.verify(String(headers[PASSPORT_HEADER]), body);
            if (caller.kind !== 'SERVICE' || caller.operationName !== operation) return json(403, {});
            if (service === 'compliance') {
              records.push(...(JSON.parse(String(body)) as { records: typeof records }).records);
              return json(200, {});
            }
            const { token } = JSON.parse(String(body)) as { token: string };
            asked.push(token);
            if (instead) return instead();
            if (token !== TOKEN) return json(404, {});
            return json(200, { calendar, feedId: randomUUID(), organizationId, owner, rows: 3 });
          },
        },
      ],
    });
  }),
);

beforeAll(async () => {
  const [scheduling, compliance] = await servers;
  const at = (server: typeof scheduling, name: string) => ({
    url: `${server?.url}/graphql`,
    key: passportKeyOf(name),
  });
  graph = await openTestGraph(
    { accessRecordsEveryMs: 10, clock },
    { scheduling: at(scheduling, 'scheduling'), compliance: at(compliance, 'compliance') },
  );
});
afterAll(async () => {
  await graph.stop();
  for (const server of await servers) await server.stop();
});
beforeEach(() => {
  instead = undefined;
  asked.length = 0;
});

const read = (path: string, init: RequestInit = {}) => fetch(`${graph.url}${path}`, init);

it('[MOB-01] gives the calendar to whoever knows its address; nobody between may keep it', async () => {
  const answer = await read(`/calendars/${TOKEN}.ics`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe(calendar);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/calendar; charset=utf-8',
    'cache-control': 'private, no-cache',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
    'x-content-type-options': 'nosniff',
  });
  const etag = answer.headers.get('etag') ?? '';
  const again = await read(`/calendars/${TOKEN}.ics`, { headers: { 'if-none-match': `"other", W/${etag}` } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  calendar = calendar.replace('BEGIN', 'X-CHANGED:1\r\nBEGIN');
  const changed = await read(`/calendars/${TOKEN}.ics`, { headers: { 'if-none-match': etag } });
  expect([changed.status, await changed.text()]).toEqual([200, calendar]);
});

it('[MOB-01] a reading is an access record of the owner; asking for what one has is none', async () => {
  await eventually(() => records.length >= 2);
  expect(records).toHaveLength(2);
  for (const record of records) {
    expect(record).toMatchObject({ organizationId, actor: owner, rows: 3 });
    expect(record.subjects).toEqual([{ id: owner.id, fields: expect.any(Array) }]);
  }
});

it('answers everything that opens nothing with the same words, and asks nobody about what is no token', async () => {
  const unknown = await read(`/calendars/${OTHER}.ics`);
  const same = [unknown.status, await unknown.text(), unknown.headers.get('content-type')];
  expect(same[0]).toBe(404);
  expect(asked).toEqual([OTHER]);
  for (const name of ['', '.ics', 'a/b.ics', TOKEN, `${TOKEN}.ICS`, `${'x'.repeat(200)}.ics`, '%2e%2e.ics']) {
    const answer = await read(`/calendars/${name}`);
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual(same);
  }
  expect(asked).toEqual([OTHER]);
});

it('has no other method, so a link that is followed changes nothing', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect((await read(`/calendars/${TOKEN}.ics`, { method })).status).toBe(404);
  }
  expect(asked).toEqual([]);
});

it('says that it cannot be read now, and no more, whatever is wrong behind', async () => {
  const wrong: HttpAnswer[] = [
    { status: 500, body: 'secret trouble' },
    { status: 200, body: 'no json' },
    json(200, { calendar, organizationId }),
  ];
  for (const answer of wrong) {
    instead = () => answer;
    const said = await read(`/calendars/${TOKEN}.ics`);
    expect([said.status, said.headers.get('retry-after')]).toEqual([503, '60']);
    expect(await said.text()).not.toContain('secret');
  }
});

it('closes the calendars of whoever was shut out, at once', async () => {
  graph.feed.say({
    type: 'isolations',
    isolations: [{ kind: 'ACTOR', target: owner.id, until: '2031-01-01T00:00:00Z' }],
  });
  expect(await eventually(async () => (await read(`/calendars/${TOKEN}.ics`)).status === 404)).toBe(true);
  graph.feed.say({ type: 'isolations', isolations: [] });
  expect(await eventually(async () => (await read(`/calendars/${TOKEN}.ics`)).status === 200)).toBe(true);
});

it('writes the address down nowhere', () => {
  expect(asked.length).toBeLessThan(1_000);
  const lines = graph.logged.join('\n');
  expect(lines).toContain('a calendar feed could not be read');
  expect(lines).not.toContain('calendars/');
  expect(lines).not.toContain('s'.repeat(20));
  expect(lines).not.toContain('t'.repeat(20));
});

it('counts who asks: an address that asks too often waits', async () => {
  const [scheduling] = await servers;
  const url = `${scheduling?.url}/graphql`;
  const slow = await openTestGraph(
    { limits: { settings: limitsWith({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: 12 }) }, clock },
    { scheduling: { url, key: passportKeyOf('scheduling') } },
  );
  try {
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      statuses.push((await fetch(`${slow.url}/calendars/${OTHER}.ics`)).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
  } finally {
    await slow.stop();
  }
});

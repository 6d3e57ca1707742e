// Work that nobody waits for any more is load without use: a slow database would be held down by the requests of clients
// who have long been told that it did not work. The hole is a service that goes on for them.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { accessSdl } from '@kept/access-policy';
import { anonymousCaller, signPassport, type Caller } from '@kept/passport';
import { concatAST, parse } from 'graphql';
import { DEADLINE_HEADER, DEADLINE_MS_MAX, readDeadline } from './deadline.ts';
import { openLog } from './log.ts';
import { startSubgraph, type RequestContext } from './start-subgraph.ts';

const typeDefs = concatAST([
  parse(accessSdl),
  parse(`
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
      @link(url: "https://kept.example/access/v1.0", import: ["@access"])
      @composeDirective(name: "@access")
    type Query { quick: String @access(allow: [PUBLIC]) never: Thing @access(allow: [PUBLIC]) quickly: Thing @access(allow: [PUBLIC]) }
    type Mutation { wait: String @access(allow: [PUBLIC]) then: String @access(allow: [PUBLIC]) }
    type Thing @access(allow: [MANAGER]) { name: String }
  `),
]);
const key = { id: 'k', secret: randomBytes(32) };
const started: string[] = [];
let heard: (reason: unknown) => void = () => undefined;
let onWait: () => void = () => undefined;
const untilAborted = ({ signal }: RequestContext) =>
  new Promise<void>((resolve) => {
    onWait();
    signal.addEventListener('abort', () => {
      heard(signal.reason);
      resolve();
    });
  });
const resolvers = {
  Query: {
    quick: () => 'here',
    quickly: () => ({ name: 'soon' }),
    never: async (_: unknown, _given: unknown, context: RequestContext) => {
      await untilAborted(context);
      return { name: 'late' };
    },
  },
  Mutation: {
    wait: async (_: unknown, _given: unknown, context: RequestContext) => {
      started.push('wait');
      await untilAborted(context);
      return 'done';
    },
    then: () => {
      started.push('then');
      return 'done';
    },
  },
  Thing: {
    name: () => {
      started.push('name');
      return 'late';
    },
  },
};

let server: { url: string; stop(): Promise<void> };
beforeAll(async () => {
  server = await startSubgraph({
    service: 'things',
    typeDefs,
    resolvers,
    relations: {},
    context: (request) => request,
    ready: () => Promise.resolve(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [key],
    clock: () => new Date(),
    log: openLog({ service: 'things', level: 'silent' }),
  });
});
afterAll(() => server.stop());
beforeEach(() => {
  started.length = 0;
  heard = () => undefined;
  onWait = () => undefined;
});

const caller: Caller = {
  ...anonymousCaller({
    organizationId: '22222222-2222-4222-8222-222222222222',
    requestId: 'r1',
    operationName: null,
    networkAddress: null,
    policyVersion: '1',
  }),
  kind: 'STAFF',
  accountId: '11111111-1111-4111-8111-111111111111',
  roles: ['MANAGER'],
  secondFactor: true,
};
const signed = (query: string) => {
  const body = JSON.stringify({ query });
  const passport = signPassport({ caller, service: 'things', body, key, now: new Date() });
  return { method: 'POST', body, headers: { 'kept-passport': passport } };
};
function ask(query: string, deadline: string) {
  const { headers, ...request } = signed(query);
  return fetch(`${server.url}/graphql`, { ...request, headers: { ...headers, [DEADLINE_HEADER]: deadline } });
}

it('answers a query that takes longer than its caller waits while they still listen, and begins nothing below it', async () => {
  const told = new Promise((resolve) => (heard = resolve));
  const response = await ask('{ never { name } }', '60');
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    errors: [
      {
        message: expect.stringContaining('took too long'),
        extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
      },
    ],
  });
  expect(await told).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  expect(started).toEqual([]);
});

it('finishes the change that is under way at the deadline, and does not begin the next one', async () => {
  const response = await ask('mutation { wait then }', '60');
  const { data, errors } = (await response.json()) as { data: unknown; errors: unknown[] };
  expect(data).toEqual({ wait: 'done', then: null });
  expect(errors).toEqual([expect.objectContaining({ path: ['then'] })]);
  expect(started).toEqual(['wait']);
});

it('begins nothing for a caller who had no time left when they asked', async () => {
  const response = await ask('{ never { name } }', '0');
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('too long')]);
  expect(started).toEqual([]);
});

it('stops when whoever asked hangs up', async () => {
  const told = new Promise((resolve) => (heard = resolve));
  const { body, ...options } = signed('{ never { name } }');
  const leaving = request(`${server.url}/graphql`, options).on('error', () => undefined);
  onWait = () => void leaving.destroy();
  leaving.end(body);
  await told;
  expect(started).toEqual([]);
});

it('answers in time what can be answered in time', async () => {
  const response = await ask('{ quick quickly { name } }', '5000');
  expect(await response.json()).toEqual({ data: { quick: 'here', quickly: { name: 'late' } } });
  expect(started).toEqual(['name']);
});

it.each([
  ['250', 250],
  ['999999999', DEADLINE_MS_MAX],
  ['-1', DEADLINE_MS_MAX],
  ['1e3', DEADLINE_MS_MAX],
  ['soon', DEADLINE_MS_MAX],
  [undefined, DEADLINE_MS_MAX],
])(
  'takes %s for %s milliseconds: nobody can ask for longer than the service allows',
  (header, milliseconds) => {
    expect(readDeadline(header)).toBe(milliseconds);
  },
);

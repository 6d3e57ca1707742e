// A subgraph answers callers with a passport for this very body, and tells a refused caller nothing of itself.
import { randomBytes } from 'node:crypto';
import { anonymousCaller, signPassport, type Caller } from '@kept/passport';
import { concatAST, parse } from 'graphql';
import { accessSdl } from '@kept/access-policy';
import { openLog } from './log.ts';
import { Fault, refused } from './fault.ts';
import { startSubgraph } from './start-subgraph.ts';

const typeDefs = concatAST([
  parse(accessSdl),
  parse(`
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
      @link(url: "https://kept.example/access/v1.0", import: ["@access"])
      @composeDirective(name: "@access")
    scalar DateTime
    scalar TimeZone
    type Query {
      note(id: ID!): Note @access(allow: [PUBLIC])
      fail: String @access(allow: [PUBLIC])
      refuse: String @access(allow: [PUBLIC])
      at(when: DateTime!, zone: TimeZone): String @access(allow: [PUBLIC])
      staff: String @access(allow: [MANAGER])
    }
    input When @access(allow: [PUBLIC]) { when: DateTime! }
    type Mutation { move(input: When!): String @access(allow: [PUBLIC]) }
    type Note @key(fields: "id") @access(allow: [PUBLIC]) {
      id: ID!
      text: String @access(allow: [SELF])
    }
  `),
]);
const key = { id: 'k', secret: randomBytes(32) };
const zoe = '6e8bc430-9c3a-4f57-8f0b-2d6a3f1b0a01';
const note = (id: unknown) => ({ id: String(id), ownerId: zoe, text: 'private' });
const resolvers = {
  Query: {
    note: (_: unknown, { id }: { id: string }) => note(id),
    fail: () => {
      throw new Error('connection to 10.0.0.3 lost');
    },
    refuse: () => {
      throw refused.notFound('booking');
    },
    at: (_: unknown, { when }: { when: Date }) => when.toISOString(),
    staff: () => 'for managers',
  },
  Mutation: { move: (_: unknown, { input }: { input: { when: Date } }) => input.when.toISOString() },
  Note: { __resolveReference: ({ id }: { id: string }) => note(id) },
};
const anonymous = anonymousCaller({
  organizationId: null,
  requestId: 'r1',
  operationName: null,
  networkAddress: null,
  policyVersion: '1',
});
const signedIn = (accountId: string): Caller => ({
  ...anonymous,
  kind: 'CLIENT',
  roles: ['CLIENT'],
  accountId,
});

let server: { url: string; stop(): Promise<void> };
let healthy = true;

beforeAll(async () => {
  server = await startSubgraph({
    service: 'notes',
    typeDefs,
    resolvers,
    relations: { Note: { SELF: (caller) => ({ ownerId: caller.accountId }) } },
    context: (request) => request,
    ready: async () => {
      if (!healthy) throw new Error('The database does not answer.');
    },
    host: '127.0.0.1',
    port: 0,
    passportKeys: [key],
    clock: () => new Date(),
    log: openLog({ service: 'notes', level: 'silent' }),
  });
});
afterAll(() => server.stop());

const send = (body: string, passport?: string) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...(passport && { 'kept-passport': passport }) },
  });
async function ask(
  query: string,
  { caller = anonymous, variables = {} }: { caller?: Caller; variables?: object } = {},
) {
  const body = JSON.stringify({ query, variables });
  const passport = signPassport({ caller, service: 'notes', body, key, now: new Date() });
  const response = await send(body, passport);
  return (await response.json()) as {
    data?: Record<string, unknown>;
    errors?: { message: string; extensions: object; path?: unknown }[];
  };
}

it('[gateway A11] [SES-06] answers 401 to whoever comes without a passport, _service and _entities included', async () => {
  for (const query of [
    '{ __typename }',
    '{ _service { sdl } }',
    '{ _entities(representations: []) { __typename } }',
  ]) {
    const response = await send(JSON.stringify({ query }));
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('Note');
  }
});

it('[SES-01] refuses a session that nobody used, to the second, whatever is asked', async () => {
  const seconds = Math.floor(Date.now() / 1000);
  const ends = (sessionUntil: number): Caller => ({ ...signedIn(zoe), clientType: 'MOBILE', sessionUntil });
  const mutation = 'mutation { move(input: { when: "2030-01-01T00:00:00Z" }) }';
  const entities = '{ _entities(representations: [{ __typename: "Note", id: "n" }]) { __typename } }';
  for (const query of ['{ note(id: "n") { text } }', mutation, entities]) {
    expect((await ask(query, { caller: ends(seconds + 30) })).errors).toBeUndefined();
    for (const over of [seconds, seconds - 60]) {
      const { data, errors } = await ask(query, { caller: ends(over) });
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
  }
});

it('[identity A42] answers 401 when the body was exchanged on the way', async () => {
  const passport = signPassport({ caller: anonymous, service: 'notes', body: '{}', key, now: new Date() });
  expect((await send('{"query":"{ fail }"}', passport)).status).toBe(401);
});

it('[gateway A29] never shows a stack, a host or the words of an inner error', async () => {
  const { errors } = await ask('{ fail }');
  expect(errors).toEqual([
    { message: expect.stringContaining('on our side'), path: ['fail'], extensions: { code: 'INTERNAL' } },
  ]);
});

it('says a refusal in its own sentence, with its code and path', async () => {
  const { errors } = await ask('{ refuse }');
  expect(errors).toEqual([
    { message: 'There is no such booking.', path: ['refuse'], extensions: { code: 'NOT_FOUND' } },
  ]);
});

it('[identity A43] shows a conditional field to the person it is about, and null with a path to all others', async () => {
  const query = '{ note(id: "1") { id text } }';
  expect(await ask(query, { caller: signedIn(zoe) })).toEqual({
    data: { note: { id: '1', text: 'private' } },
  });
  const other = await ask(query, { caller: signedIn('6e8bc430-9c3a-4f57-8f0b-2d6a3f1b0a02') });
  expect(other.data).toEqual({ note: { id: '1', text: null } });
  expect(other.errors).toEqual([
    expect.objectContaining({ path: ['note', 'text'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }),
  ]);
});

it('[gateway A11] guards what is asked through _entities alike', async () => {
  const query =
    '{ _entities(representations: [{ __typename: "Note", id: "1" }]) { ... on Note { id text } } }';
  expect((await ask(query)).data).toEqual({ _entities: [{ id: '1', text: null }] });
});

it('refuses a root field that the role may not ask, although the gateway let it pass', async () => {
  const { data, errors } = await ask('{ staff }', { caller: signedIn(zoe) });
  expect(data).toEqual({ staff: null });
  expect(errors?.[0]?.extensions).toEqual({ code: 'UNAUTHORIZED_FIELD_OR_TYPE' });
});

it.each([
  [
    'a date that does not exist',
    { when: '2027-02-30T10:00:00Z' },
    /"when" must be an existing date and time/,
  ],
  ['a time without its offset', { when: '2027-02-03T10:00:00' }, /"when" must be an existing date and time/],
  [
    'an unknown zone',
    { when: '2027-02-03T10:00:00Z', zone: 'Mars/Olympus' },
    /"zone" must be an IANA time zone/,
  ],
  ['nothing at all', {}, /"when" is missing/],
])('says in the caller’s words what is wrong with %s', async (_, variables, sentence) => {
  const query = 'query ($when: DateTime!, $zone: TimeZone) { at(when: $when, zone: $zone) }';
  const { errors } = await ask(query, { variables });
  expect(errors?.[0]).toMatchObject({
    message: expect.stringMatching(sentence),
    extensions: { code: 'BAD_INPUT' },
  });
});

it('says where inside an input the trouble is, and does not repeat the value', async () => {
  const variables = { input: { when: 'my secret' } };
  const { errors } = await ask('mutation ($input: When!) { move(input: $input) }', { variables });
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_INPUT', field: 'input.when' } });
  expect(JSON.stringify(errors)).not.toContain('secret');
  const literal = await ask('mutation { move(input: { when: "2027-13-01T00:00:00Z" }) }');
  expect(literal.errors?.[0]).toMatchObject({
    message: expect.stringMatching(/must be an existing date and time/) as string,
    extensions: { code: 'BAD_INPUT' },
  });
});

it('[gateway A31] suggests nothing to a document that does not fit, and refuses one that is not GraphQL', async () => {
  const { errors } = await ask('{ noteX }');
  expect(errors?.[0]?.message).not.toContain('Did you mean');
  expect(errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  expect((await ask('{ note(')).errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_PARSE_FAILED' });
});

it('is alive without its database, and ready only with it', async () => {
  const health = async (path: string) => (await fetch(`${server.url}/health/${path}`)).status;
  expect([await health('live'), await health('ready')]).toEqual([200, 200]);
  healthy = false;
  expect([await health('live'), await health('ready')]).toEqual([200, 503]);
  healthy = true;
});

it('has no page of figures unless a token for it is set', async () => {
  expect((await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer ' } })).status).toBe(404);
});

it('refuses a body beyond its limit', async () => {
  const response = await send('x'.repeat(3 * 1024 * 1024)).catch(() => ({ status: 413 }));
  expect(response.status).toBe(413);
});

it('says when a port is taken', async () => {
  const port = Number(new URL(server.url).port);
  const { listen } = await import('./http-server.ts');
  const log = openLog({ service: 'second', level: 'silent' });
  await expect(listen({ host: '127.0.0.1', port, routes: [], log })).rejects.toThrow(`Port ${port}`);
});

it('keeps the detail of a fault for the log', () => {
  const fault = new Fault('UNAVAILABLE', 'Please try again.', { detail: 'pool exhausted' });
  expect(fault.message).toBe('Please try again.');
  expect(fault.detail).toBe('pool exhausted');
});

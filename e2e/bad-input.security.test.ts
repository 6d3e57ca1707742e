// Whatever anybody sends, the answer is a code from the catalogue and a sentence a person understands; no stack, no
// inner name, no value repeated, and nothing is written.
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { ask, newKey, type GraphAnswer } from './graph.ts';
import { Person } from './person.ts';
import { CONSULTATION, openSharedStack, PROVIDER, RIVERSIDE, type Stack } from './stack.ts';

const CODES = new Set(
  `UNAUTHENTICATED UNAUTHORIZED_FIELD_OR_TYPE NOT_FOUND BAD_INPUT GRAPHQL_PARSE_FAILED GRAPHQL_VALIDATION_FAILED
   LIMIT_EXCEEDED REQUEST_TOO_LARGE CARD_DATA_REJECTED STEP_UP_REQUIRED RATE_LIMITED CONFLICT OUTCOME_UNKNOWN
   SUBGRAPH_UNAVAILABLE UNAVAILABLE INTERNAL`.split(/\s+/),
);
const INNER =
  /\bat .+:\d+:\d+|node_modules|\/src\/|ECONN|127\.0\.0\.1|select |insert |violates|typeorm|QueryFailed|subgraph/i;

let stack: Stack;
let client: Person;

beforeAll(async () => {
  stack = await openSharedStack();
  client = await new Person(stack, stack.account('client')).signIn();
}, 180_000);
afterAll(async () => stack?.stop());

/** The one error of a refused request: kind, coded, and silent about the inside. */
function refusal<Data>(answer: GraphAnswer<Data>) {
  const [error] = answer.errors;
  if (!error) throw new Error(`Accepted: ${JSON.stringify(answer.data)}`);
  expect(CODES).toContain(error.extensions.code);
  expect(error.message).toMatch(/^.{10,300}$/su);
  expect(JSON.stringify(answer)).not.toMatch(INNER);
  return { code: error.extensions.code, message: error.message, status: answer.status };
}
const send = (body: string, headers: Record<string, string> = {}) =>
  fetch(stack.graphUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'kept-organization': RIVERSIDE, ...headers },
    body,
  });
const code = async (query: string, variables: Record<string, unknown> = {}) =>
  refusal(await client.ask(query, { variables })).code;
const bookings = () => stack.countRows('scheduling', 'booking');
const holds = () => stack.countRows('scheduling', 'allocation');

const HOLD = `mutation ($input: CreateSlotHoldInput!) { createSlotHold(input: $input) { __typename } }`;
const hold = (change: object) => ({
  input: {
    serviceId: CONSULTATION,
    providerId: PROVIDER,
    startsAt: '2099-03-02T10:00:00Z',
    idempotencyKey: newKey(),
    ...change,
  },
});

describe('documents', () => {
  it('that are not GraphQL, not JSON, or ask for what does not exist', async () => {
    expect(await code('{ viewer {')).toBe('GRAPHQL_PARSE_FAILED');
    expect(await code('{ bankVault { gold } }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code('{ viewer { passwordHash } }')).toBe('GRAPHQL_VALIDATION_FAILED');
    const notJson = await send('{"query":');
    expect(notJson.status).toBe(400);
    expect(await notJson.text()).not.toMatch(INNER);
  });

  it('[gateway A31] that come close get no hint', async () => {
    const answer = await client.ask('{ viewr { id } }');
    expect(answer.errors[0]?.message).not.toMatch(/did you mean|viewer/i);
  });

  it('[gateway A28] that are too deep, too wide or too large', async () => {
    const deep = `{ bookings { nodes { client { id } } } }`.replace(
      'client { id }',
      'service { '.repeat(30) + 'id' + ' }'.repeat(30),
    );
    expect(['LIMIT_EXCEEDED', 'GRAPHQL_VALIDATION_FAILED']).toContain(await code(deep));
    const wide = `{ ${Array.from({ length: 200 }, (_, index) => `a${index}: viewer { id }`).join(' ')} }`;
    expect(await code(wide)).toBe('LIMIT_EXCEEDED');
    const huge = await send(JSON.stringify({ query: `{ viewer { id } } # ${'x'.repeat(300_000)}` }));
    expect(huge.status).toBe(413);
    expect(await huge.json()).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_TOO_LARGE' } }] });
  });

  it('[gateway A24] [gateway A27] that come as GET, as a form, or compressed', async () => {
    expect((await fetch(`${stack.graphUrl}?query={viewer{id}}`)).status).toBeGreaterThanOrEqual(400);
    expect(
      (await send('query={viewer{id}}', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(400);
    expect((await send('{}', { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  it('[gateway A23] whose keys reach for prototypes', async () => {
    const polluted = await send('{"query":"{ viewer { id } }","variables":{"__proto__":{"admin":true}}}');
    expect(polluted.status).toBe(400);
    expect(await code('{ __proto__: viewer { id } }')).toBe('BAD_INPUT');
  });
});

describe('values', () => {
  it.each([
    ['an id that is none', { serviceId: 'not-an-id' }],
    ['a date that does not exist', { startsAt: '2027-02-30T10:00:00Z' }],
    ['a time without a zone', { startsAt: '2027-02-03T10:00:00' }],
    ['a number for a text', { notes: 12 }],
    ['an unknown field', { isAdmin: true }],
    ['a key that is none', { idempotencyKey: '1' }],
  ])('%s: said, and nothing written', async (_, change) => {
    const before = [await bookings(), await holds()];
    expect(['BAD_INPUT', 'NOT_FOUND']).toContain(await code(HOLD, hold(change)));
    expect([await bookings(), await holds()]).toEqual(before);
  });

  it('an unknown zone, and a range that ends before it begins', async () => {
    const query = `query ($input: AvailabilityInput!) { availability(input: $input) { slots { startsAt } } }`;
    const input = {
      serviceId: CONSULTATION,
      from: '2027-03-01T00:00:00Z',
      to: '2027-03-05T00:00:00Z',
      timeZone: 'Europe/London',
    };
    expect(await code(query, { input: { ...input, timeZone: 'Mars/Olympus' } })).toBe('BAD_INPUT');
    expect(await code(query, { input: { ...input, to: '2027-02-01T00:00:00Z' } })).toBe('BAD_INPUT');
    expect(await code(query, { input: { ...input, to: '2028-02-01T00:00:00Z' } })).toBe('BAD_INPUT');
  });

  it('[PAY-04] a card number in any string, however written, is refused and leaves no trace', async () => {
    const canaries = [
      '4242424242424242',
      '4242 4242 4242 4242',
      '4242-4242-4242-4242',
      '４２４２４２４２４２４２４２４２',
      '378282246310005',
    ];
    for (const number of canaries) {
      expect(await code(HOLD, hold({ notes: `my card is ${number} thanks` }))).toBe('CARD_DATA_REJECTED');
      expect(await code(`{ booking(id: "${number}") { id } }`)).toBe('CARD_DATA_REJECTED');
    }
    for (const service of ['identity', 'scheduling', 'payments', 'compliance'] as const) {
      expect(await stack.findText(service, canaries)).toEqual([]);
    }
    expect(stack.logsContaining(canaries)).toEqual([]);
  });

  it('names in any script are kept as they were written', async () => {
    const answer = await client.ask<{ viewer: { client: { displayName: string } } }>(
      '{ viewer { client { displayName } } }',
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data?.viewer.client.displayName).toBeTruthy();
  });
});

describe('tokens', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = () => {
    const now = Math.floor(stack.clock.now().getTime() / 1000);
    return {
      iss: 'https://kept.example',
      aud: 'kept',
      sub: randomUUID(),
      org: RIVERSIDE,
      roles: ['MANAGER'],
      kind: 'STAFF',
      sf: true,
      iat: now,
      exp: now + 300,
      sid: randomUUID(),
    };
  };
  const withToken = (token: string) => ask(stack.graphUrl, '{ viewer { id } }', { token });

  it('[identity A34] foreign, unsigned, confused or cut: 401, never a silent anonymous answer', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const body = `${part({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k' })}.${part(claims())}`;
    const foreign = `${body}.${sign(null, Buffer.from(body), privateKey).toString('base64url')}`;
    const none = `${part({ alg: 'none' })}.${part(claims())}.`;
    const confused = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part(claims())}`;
    const hmac = createHmac('sha256', publicKey.export({ format: 'pem', type: 'spki' }))
      .update(confused)
      .digest('base64url');
    for (const token of [
      foreign,
      none,
      `${confused}.${hmac}`,
      'x',
      `${client.token}x`,
      (client.token ?? '').slice(0, -4),
    ]) {
      const answer = await withToken(token);
      expect(refusal(answer)).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
      expect(answer.data).toBeNull();
    }
  });

  it('[identity A34] expired: 401, and the sentence says to sign in again', async () => {
    const old = client.token;
    await stack.clock.advance({ minutes: 7 });
    expect(refusal(await withToken(old ?? ''))).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    await client.signIn();
  });
});

describe('doors that are not for clients', () => {
  it('[SES-06] [gateway A11] each subgraph answers 401 without a passport, and to an invented or replayed one', async () => {
    for (const url of stack.subgraphUrls) {
      for (const passport of [undefined, 'v1.k.1.n.p.s', 'null']) {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(passport && { 'kept-passport': passport }) },
          body: '{"query":"{ _service { sdl } }"}',
        });
        expect(response.status).toBe(401);
        expect(await response.text()).not.toMatch(/type Query|sdl":/);
      }
    }
  });

  it('[gateway A12] the gateway does not believe a passport that a client brings', async () => {
    const answer = await ask<{ viewer: object | null }>(stack.graphUrl, '{ viewer { id } }', {
      organizationId: RIVERSIDE,
      headers: { 'kept-passport': 'v1.k.1.n.p.s', 'x-user-id': 'root', 'x-roles': 'MANAGER' },
    });
    expect(answer.data?.viewer).toBeNull();
  });

  it('a webhook with a wrong, old or future signature is refused', async () => {
    const post = (signature: string) =>
      fetch(stack.webhookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body: '{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}',
      });
    const now = Math.floor(stack.clock.now().getTime() / 1000);
    const forged = (time: number) =>
      `t=${time},v1=${createHmac('sha256', 'guess').update(`${time}.{}`).digest('hex')}`;
    for (const signature of ['', 'nonsense', forged(now), forged(now + 86_400), forged(now - 86_400)]) {
      expect((await post(signature)).status).toBe(400);
    }
  });
});

// A token says who somebody is. Every way to say it falsely that RFC 8725 knows must be refused before anybody is asked.
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign, type KeyObject } from 'node:crypto';
import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA } from '../test-graph/subgraphs.ts';

let graph: TestGraph;
let good: { header: Record<string, unknown>; claims: Record<string, unknown>; text: string };
beforeAll(async () => {
  graph = await openTestGraph();
  const text = await graph.tokenFor(anna);
  const [header = {}, claims = {}] = text
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
  good = { header, claims, text };
});
afterAll(() => graph.stop());

const anna: Person = { kind: 'CLIENT', id: ANNA };
const encode = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
/** Signed with identity's own key, or another: only the form is wrong. */
function signed(
  header: object | string,
  claims: object | string = good.claims,
  key: KeyObject = graph.signingKey,
) {
  const body = `${encode(header)}.${encode(claims)}`;
  return `${body}.${sign(null, Buffer.from(body), key).toString('base64url')}`;
}
const stranger = generateKeyPairSync('ed25519');
const now = () => Math.floor(graph.clock().getTime() / 1_000);

const FORGERIES: readonly [string, () => string][] = [
  ['alg none', () => `${encode({ ...good.header, alg: 'none' })}.${encode(good.claims)}.`],
  ['alg none with a signature', () => signed({ ...good.header, alg: 'none' })],
  ['alg NONE', () => signed({ ...good.header, alg: 'NONE' })],
  [
    'HS256 with the public key as its secret',
    () => {
      const body = `${encode({ ...good.header, alg: 'HS256' })}.${encode(good.claims)}`;
      const secret = graph.signingKey.export({ format: 'jwk' }).x ?? '';
      const mac = createHmac('sha256', Buffer.from(secret, 'base64url')).update(body).digest('base64url');
      return `${body}.${mac}`;
    },
  ],
  ['a kid that is a path', () => signed({ ...good.header, kid: '../../../../dev/null' })],
  ['a kid that is SQL', () => signed({ ...good.header, kid: "x' UNION SELECT 'test' --" })],
  ['a kid that nobody knows', () => signed({ ...good.header, kid: randomUUID() })],
  ['a kid of an object', () => signed({ ...good.header, kid: 'constructor' })],
  ['a kid that is no text', () => signed({ ...good.header, kid: 7 })],
  ['no kid', () => signed({ alg: 'EdDSA', typ: 'at+jwt' })],
  ...(['jku', 'x5u'] as const).map((name): [string, () => string] => [
    `a key of its own by ${name}`,
    () => signed({ ...good.header, [name]: 'https://evil.example/keys' }, good.claims, stranger.privateKey),
  ]),
  [
    'a key of its own by jwk',
    () =>
      signed(
        { ...good.header, jwk: stranger.publicKey.export({ format: 'jwk' }) },
        good.claims,
        stranger.privateKey,
      ),
  ],
  ['crit that nobody understands', () => signed({ ...good.header, crit: ['exp'], exp: 4_000_000_000 })],
  ['crit of b64', () => signed({ ...good.header, crit: ['b64'], b64: false })],
  ['another type', () => signed({ ...good.header, typ: 'JWT' })],
  ['no type', () => signed({ alg: 'EdDSA', kid: good.header['kid'] })],
  ['another issuer', () => signed(good.header, { ...good.claims, iss: 'https://evil.example' })],
  ['another audience', () => signed(good.header, { ...good.claims, aud: 'other' })],
  [
    'an audience among others that is not ours',
    () => signed(good.header, { ...good.claims, aud: ['a', 'b'] }),
  ],
  ['no organization', () => signed(good.header, { ...good.claims, org: undefined })],
  ['an organization that is none', () => signed(good.header, { ...good.claims, org: '*' })],
  ['an end in the past', () => signed(good.header, { ...good.claims, exp: now() - 1 })],
  ['no end', () => signed(good.header, { ...good.claims, exp: undefined })],
  ['an end that is text', () => signed(good.header, { ...good.claims, exp: '4000000000' })],
  ['a begin in the future', () => signed(good.header, { ...good.claims, nbf: now() + 60 })],
  [
    'a claim that is said twice',
    () => signed(good.header, JSON.stringify(good.claims).replace('{', `{"sub":"${randomUUID()}",`)),
  ],
  ['a header that is said twice', () => signed(JSON.stringify(good.header).replace('{', '{"alg":"none",'))],
  ['claims that are a list', () => signed(good.header, '[]')],
  ['a thumbprint of a key that is none', () => signed(good.header, { ...good.claims, cnf: { jkt: 'x' } })],
  ['a huge claim', () => signed(good.header, { ...good.claims, more: 'x'.repeat(8_000) })],
  ['a refresh token', () => `kr1_${randomBytes(52).toString('base64url')}`],
  ['a device token', () => `kd1_${randomBytes(52).toString('base64url')}`],
  ['the token of a mailed link', () => `kn1_${randomBytes(52).toString('base64url')}`],
  ['the flow of an operation', () => randomBytes(32).toString('base64url')],
  ['a key of a program', () => `ksk1_${randomBytes(48).toString('base64url')}`],
  ['five parts, as something encrypted has', () => `${good.text}.x.y`],
];

it.each(FORGERIES)('[identity A34] %s is 401, and no subgraph hears of it', async (_what, forge) => {
  graph.asked.splice(0);
  const { status, codes, data } = await graph.ask('{ services { name } }', { token: forge() });
  expect([status, codes, data]).toEqual([401, ['UNAUTHENTICATED'], undefined]);
  expect(graph.asked).toEqual([]);
});

it('[identity A34] a token of one organization is 401 in another; as it was signed it is answered', async () => {
  const headers = { 'kept-organization': randomUUID() };
  expect((await graph.ask('{ services { name } }', { token: good.text, headers })).status).toBe(401);
  expect((await graph.ask('{ services { name } }', { token: good.text })).status).toBe(200);
  expect((await graph.ask('{ services { name } }', { token: signed(good.header) })).status).toBe(200);
});

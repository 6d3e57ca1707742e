// A stolen access token that belongs to a key must be worth nothing to whoever lacks the key (RFC 9449).
import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose';
import { ISSUER, openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA } from '../test-graph/subgraphs.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const anna: Person = { kind: 'CLIENT', id: ANNA };
const QUERY = '{ viewer { displayName } }';
const URL_OF_GRAPH = `${ISSUER}/graphql`;

interface Key {
  readonly privateKey: KeyObject;
  readonly jwk: object;
  readonly thumbprint: string;
}
async function newKey(): Promise<Key> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

interface Lies {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly signWith?: KeyObject;
}
function prove(key: Key, token: string | undefined, { claims = {}, header = {}, signWith }: Lies = {}) {
  return new SignJWT({
    jti: randomUUID(),
    htm: 'POST',
    htu: URL_OF_GRAPH,
    iat: Math.floor(graph.clock().getTime() / 1_000),
    ...(token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') }),
    nonce,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk, ...header })
    .sign(signWith ?? key.privateKey);
}

let key: Key;
let token: string;
let nonce: string;
beforeAll(async () => {
  key = await newKey();
  token = await graph.tokenFor(anna, { cnf: { jkt: key.thumbprint } });
  nonce = (await send(undefined)).headers.get('dpop-nonce') ?? '';
});

const send = (dpop: string | undefined, authorization = `DPoP ${token}`) =>
  graph.ask(QUERY, { headers: { authorization, ...(dpop !== undefined && { dpop }) } });
const keyInPassport = () => {
  const [, , , , principal = ''] = (graph.asked[0]?.passport ?? '').split('.');
  return (JSON.parse(Buffer.from(principal, 'base64url').toString()) as { keyThumbprint?: string })
    .keyThumbprint;
};

it('[AUT-14] a token that belongs to a key is answered to whoever proves the key, and subgraphs learn of it', async () => {
  const { status, data } = await send(await prove(key, token));
  expect([status, data]).toEqual([200, { viewer: { displayName: 'Anna' } }]);
  expect(keyInPassport()).toBe(key.thumbprint);
});

it('[AUT-14] [identity A37] a stolen token is 401: without a proof, as a bearer, and with a proof of the thief’s own key', async () => {
  const thief = await newKey();
  const theft = [
    await send(undefined),
    await send(undefined, `Bearer ${token}`),
    await send(await prove(key, token), `Bearer ${token}`),
    await send(await prove(thief, token)),
    // The owner's key in the header, the thief's signature.
    await send(await prove(key, token, { signWith: thief.privateKey })),
  ];
  expect(theft.map(({ status, codes }) => [status, codes])).toEqual(
    theft.map(() => [401, ['UNAUTHENTICATED']]),
  );
  expect(graph.asked).toEqual([]);
});

it('[identity A37] a proof is good once, however often it is sent at once', async () => {
  const proof = await prove(key, token);
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(proof)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect((await send(proof)).status).toBe(401);
});

it.each<[string, () => Lies]>([
  ['another method', () => ({ claims: { htm: 'GET' } })],
  ['another address', () => ({ claims: { htu: 'https://evil.example/graphql' } })],
  ['another path', () => ({ claims: { htu: `${ISSUER}/other` } })],
  ['no address', () => ({ claims: { htu: undefined } })],
  ['another token', () => ({ claims: { ath: createHash('sha256').update('x').digest('base64url') } })],
  ['no token', () => ({ claims: { ath: undefined } })],
  ['no id', () => ({ claims: { jti: undefined } })],
  ['no time', () => ({ claims: { iat: undefined } })],
  ['a time long ago', () => ({ claims: { iat: Math.floor(graph.clock().getTime() / 1_000) - 61 } })],
  ['a time to come', () => ({ claims: { iat: Math.floor(graph.clock().getTime() / 1_000) + 30 } })],
  ['an invented nonce', () => ({ claims: { nonce: Buffer.alloc(16, 1).toString('base64url') } })],
  ['no nonce', () => ({ claims: { nonce: undefined } })],
  ['another type', () => ({ header: { typ: 'JWT' } })],
  ['no key', () => ({ header: { jwk: undefined } })],
  ['a private key', () => ({ header: { jwk: key.privateKey.export({ format: 'jwk' }) } })],
])('[identity A37] a proof for %s is 401, and asks for the nonce where that is all', async (what, lies) => {
  const answer = await send(await prove(key, token, lies()));
  expect([answer.status, answer.codes]).toEqual([401, ['UNAUTHENTICATED']]);
  const reason = what.endsWith('nonce') ? 'use_dpop_nonce' : 'invalid_dpop_proof';
  expect(answer.headers.get('www-authenticate')).toContain(`error="${reason}"`);
  expect(answer.errors[0]?.extensions).toMatchObject({
    dpop: reason,
    nonce: answer.headers.get('dpop-nonce'),
  });
  expect(graph.asked).toEqual([]);
});

it('[identity A37] algorithms that are none, symmetric or weak are 401', async () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [, payload = ''] = (await prove(key, token)).split('.');
  const header = encode({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk });
  expect((await send(`${header}.${payload}.`)).status).toBe(401);
  const secret = encode({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'c2VjcmV0' } });
  expect((await send(`${secret}.${payload}.c2ln`)).status).toBe(401);
  expect((await send('x'.repeat(5_000))).status).toBe(401);
});

it('[identity A37] a stale nonce is 401, and its answer has the one to go on with', async () => {
  graph.clock.advance(121_000);
  token = await graph.tokenFor(anna, { cnf: { jkt: key.thumbprint } });
  const stale = await send(await prove(key, token));
  expect([stale.status, stale.errors[0]?.extensions['dpop']]).toEqual([401, 'use_dpop_nonce']);
  nonce = stale.headers.get('dpop-nonce') ?? '';
  expect((await send(await prove(key, token))).status).toBe(200);
});

it('a token that belongs to no key works as before, and is not made to look as if it did', async () => {
  const unbound = await graph.tokenFor(anna);
  expect((await send(undefined, `Bearer ${unbound}`)).status).toBe(200);
  expect(keyInPassport()).toBeUndefined();
  expect((await send(await prove(key, unbound), `DPoP ${unbound}`)).status).toBe(401);
});

it('whoever signs in or refreshes with a proof is known to identity by the key; a wrong proof is 401, not ignored', async () => {
  const signIn = (dpop: string) => graph.ask('{ services { name } }', { headers: { dpop } });
  expect((await signIn(await prove(key, undefined))).status).toBe(200);
  expect(keyInPassport()).toBe(key.thumbprint);
  expect((await signIn(await prove(key, undefined, { claims: { htm: 'GET' } }))).status).toBe(401);
});

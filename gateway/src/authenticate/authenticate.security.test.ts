import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { openLog } from '@kept/subgraph-kit';
import { eventually, fixedClock } from '@kept/testing';
import { exportSPKI, SignJWT } from 'jose';
import { ISSUER, openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, DORA } from '../test-graph/subgraphs.ts';
import { openTokenReader } from './access-token.ts';
import { openKeySet } from './key-set.ts';

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const anna: Person = { kind: 'CLIENT', id: ANNA };
const query = '{ viewer { displayName } }';
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  it('says who is calling, and the subgraphs learn it from the passport', async () => {
    const { data } = await graph.ask(query, { as: anna });
    expect(data).toEqual({ viewer: { displayName: 'Anna' } });
    const principal = JSON.parse(
      Buffer.from(graph.asked[0]?.passport.split('.')[4] ?? '', 'base64url').toString(),
    ) as object;
    expect(principal).toMatchObject({
      kind: 'CLIENT',
      accountId: ANNA,
      roles: ['CLIENT'],
      secondFactor: false,
    });
  });

  it('[identity A44] says for whom a client answers and where roles end, and subgraphs learn no more than that', async () => {
    const [child, place] = [randomUUID(), randomUUID()];
    const saidWith = async (claims: Record<string, unknown>) => {
      graph.asked.splice(0);
      await graph.ask(query, { token: await graph.tokenFor(anna, claims) });
      const principal = graph.asked[0]?.passport.split('.')[4] ?? '';
      return JSON.parse(Buffer.from(principal, 'base64url').toString()) as Record<string, unknown>;
    };
    expect(await saidWith({ dep: [child] })).toMatchObject({ dependants: [child] });
    // Whom COMPLIANCE has isolated nobody acts for either, whatever the token of who answers says.
    const until = new Date(graph.clock().getTime() + 3_600_000).toISOString();
    graph.feed.say({ type: 'isolations', isolations: [{ kind: 'ACTOR', target: child, until }] });
    const sister = randomUUID();
    await eventually(async () =>
      JSON.stringify((await saidWith({ dep: [child, sister] }))['dependants']) === JSON.stringify([sister])
        ? true
        : null,
    );
    graph.feed.say({ type: 'isolations', isolations: [] });
    expect(await saidWith({ loc: [place] })).toMatchObject({ locations: [place] });
    const plain = await saidWith({});
    expect([plain['dependants'], plain['locations']]).toEqual([undefined, undefined]);
    // A limit to nothing is no token: it must not be read as no limit.
    const { status } = await graph.ask(query, { token: await graph.tokenFor(anna, { loc: [] }) });
    expect(status).toBe(401);
  });

  it('ends with its time, by our clock and although it was accepted a moment ago', async () => {
    const token = await graph.tokenFor(anna);
    expect((await graph.ask(query, { token })).status).toBe(200);
    graph.clock.advance(601_000);
    const { status, errors } = await graph.ask(query, { token });
    graph.clock.advance(-601_000);
    expect(status).toBe(401);
    expect(errors).toEqual([
      {
        message: 'Your session is no longer valid. Please sign in again.',
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ]);
  });

  it('[SES-01] [MOB-03] ends with its session: a telephone’s after a quarter of an hour, the web’s goes on', async () => {
    const now = Math.floor(graph.clock().getTime() / 1000);
    const minutes = (count: number) => now + count * 60;
    const session = (cty: string, end: number) => graph.tokenFor(anna, { cty, end, exp: minutes(60) });
    const [phone, web] = [await session('MOBILE', minutes(15)), await session('WEB', minutes(30))];
    const statuses = async () => [
      (await graph.ask(query, { token: phone })).status,
      (await graph.ask(query, { token: web })).status,
    ];
    // One second before, and at the very second.
    graph.clock.advance(15 * 60_000 - 1_000);
    expect(await statuses()).toEqual([200, 200]);
    graph.clock.advance(1_000);
    expect(await statuses()).toEqual([401, 200]);
    graph.clock.advance(60_000);
    expect(await statuses()).toEqual([401, 200]);
    graph.clock.advance(-16 * 60_000);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: 'https://identity.evil' }],
    ['another audience', { aud: 'other' }],
    ['no audience', { aud: undefined }],
    ['no end', { exp: undefined }],
    ['a begin in the future', { nbf: 4_000_000_000 }],
    ['a subject that is no id', { sub: 'admin' }],
    ['no organization', { org: undefined }],
    ['an unknown kind', { kind: 'ROOT' }],
    ['an unknown role', { roles: ['SUPERUSER'] }],
    ['no word about the second factor', { sf: undefined }],
    ['a second factor that is not a boolean', { sf: 'true' }],
  ])('with %s is refused, and never taken for no token', async (_what, claims) => {
    const token = await graph.tokenFor(anna, claims);
    const { status, codes, data } = await graph.ask('{ services { name } }', { token });
    expect([status, codes, data]).toEqual([401, ['UNAUTHENTICATED'], undefined]);
    expect(graph.asked).toEqual([]);
  });

  it('of another key, algorithm, type or with an altered claim is refused', async () => {
    const good = await graph.tokenFor(anna);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const foreign = generateKeyPairSync('ed25519').privateKey;
    const sign = (protectedHeader: { alg: string; typ?: string; kid?: string }, key = graph.signingKey) =>
      new SignJWT(claims).setProtectedHeader(protectedHeader).sign(key);
    // The public key as an HMAC secret: the classic confusion of algorithms.
    const spki = await exportSPKI(createPublicKey(graph.signingKey));
    const hmacBody = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'test' })}.${payload}`;
    const tokens = [
      await sign({ alg: 'EdDSA', typ: 'at+jwt', kid: 'test' }, foreign),
      await sign({ alg: 'EdDSA', typ: 'at+jwt', kid: 'unknown' }),
      await sign({ alg: 'EdDSA', typ: 'at+jwt' }),
      await sign({ alg: 'EdDSA', typ: 'JWT', kid: 'test' }),
      await sign({ alg: 'EdDSA', kid: 'test' }),
      `${encode({ alg: 'none', typ: 'at+jwt', kid: 'test' })}.${payload}.`,
      `${hmacBody}.${createHmac('sha256', spki).update(hmacBody).digest('base64url')}`,
      `${header}.${encode({ ...claims, kind: 'STAFF', roles: ['MANAGER'], sf: true })}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -6)}AAAAAA`,
      `${header}.${payload}`,
      'x',
      'x'.repeat(5_000),
    ];
    for (const token of tokens) {
      const { status, codes } = await graph.ask('{ services { name } }', { token });
      expect([token.slice(0, 40), status, codes]).toEqual([token.slice(0, 40), 401, ['UNAUTHENTICATED']]);
    }
    for (const authorization of ['', 'Basic YTpi', good, `Bearer ${good} x`, 'Bearer']) {
      expect((await graph.ask('{ services { name } }', { headers: { authorization } })).status).toBe(401);
    }
    expect(graph.asked).toEqual([]);
    expect(graph.logged.join()).not.toContain(payload);
  });

  it('gives a staff member their roles only with a second factor', async () => {
    const manager: Person = { kind: 'STAFF', id: DORA, roles: ['MANAGER'] };
    expect((await graph.ask('{ vault { content } }', { as: manager })).data).toEqual({
      vault: { content: 'gold' },
    });
    const without = await graph.ask('{ vault { content } }', { as: { ...manager, secondFactor: false } });
    expect([without.data, without.codes]).toEqual([{ vault: null }, ['UNAUTHORIZED_FIELD_OR_TYPE']]);
  });

  it('gives a client no role of staff, whatever it says', async () => {
    const { data } = await graph.ask('{ vault { content } }', {
      as: { ...anna, roles: ['CLIENT', 'MANAGER'], secondFactor: true },
    });
    expect(data).toEqual({ vault: null });
  });
});

describe('the key set', () => {
  const log = openLog({ service: 'test', level: 'silent' });
  const clock = fixedClock('2030-01-01T00:00:00Z');
  const nowhere = 'http://127.0.0.1:9/jwks.json';

  it('that was never there is no reason to call somebody a stranger', async () => {
    const keys = openKeySet({ url: nowhere, clock, log });
    const tokens = openTokenReader({ keys, issuer: ISSUER, clock });
    try {
      await expect(tokens.read(await graph.tokenFor(anna))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      keys.stop();
    }
  });

  it('that goes away leaves the keys that we know', async () => {
    const open = await openTestGraph();
    try {
      expect((await open.ask(query, { as: anna })).status).toBe(200);
      await open.stopKeySet();
      const { status, data } = await open.ask(query, {
        token: await open.tokenFor(anna, { sid: randomUUID() }),
      });
      expect([status, data]).toEqual([200, { viewer: { displayName: 'Anna' } }]);
    } finally {
      await open.stop();
    }
  });
});

// While identity changes its signing key people are working: none of them may be refused, and the old key must be over.
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { json, listen, openLog } from '@kept/subgraph-kit';
import { eventually, fixedClock } from '@kept/testing';
import { SignJWT } from 'jose';
import { openTokenReader } from './access-token.ts';
import { openKeySet } from './key-set.ts';

const ISSUER = 'https://identity.test';
const clock = fixedClock('2030-01-01T00:00:00Z');
const log = openLog({ service: 'test', level: 'silent' });

interface Pair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const newPair = (kid: string): Pair => ({ kid, ...generateKeyPairSync('ed25519') });
const tokenOf = ({ kid, privateKey }: Pair) =>
  new SignJWT({
    org: randomUUID(),
    sid: randomUUID(),
    kind: 'CLIENT',
    roles: ['CLIENT'],
    sf: false,
    auth_time: clock().getTime() / 1_000,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
    .setIssuer(ISSUER)
    .setAudience('kept')
    .setSubject(randomUUID())
    .setIssuedAt(clock().getTime() / 1_000)
    .setExpirationTime(clock().getTime() / 1_000 + 300)
    .sign(privateKey);

it('[identity A46] rotation under load: no request fails at any step, and the old key is unusable once it is retired', async () => {
  const [old, next] = [newPair('old'), newPair('next')];
  let shown = [old];
  const over = new AbortController();
  let fetched = 0;
  const handle = () => {
    fetched += 1;
    return json(200, {
      keys: shown.map(({ kid, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        kid,
        alg: 'EdDSA',
      })),
    });
  };
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    routes: [{ method: 'GET', path: '/jwks.json', handle }],
    log,
  });
  const keys = openKeySet({ url: `${server.url}/jwks.json`, clock, log, refreshMs: 15 });
  const tokens = openTokenReader({ keys, issuer: ISSUER, clock });
  try {
    let signing = old;
    const outcomes = { answered: 0, refused: 0 };
    const work = async () => {
      while (!over.signal.aborted) {
        await tokens.read(await tokenOf(signing)).then(
          () => (outcomes.answered += 1),
          () => (outcomes.refused += 1),
        );
      }
    };
    const workers = Array.from({ length: 4 }, work);
    const known = async () => {
      const before = fetched;
      const answered = outcomes.answered + outcomes.refused;
      await eventually(() => fetched > before + 2);
      await eventually(() => outcomes.answered + outcomes.refused > answered + 20);
    };
    await known();
    const last = await tokenOf(old);
    for (const step of [
      () => void (shown = [old, next]),
      () => void (signing = next),
      () => void (shown = [next]),
    ]) {
      step();
      await known();
    }
    over.abort();
    await Promise.all(workers);
    expect(outcomes.refused).toBe(0);
    await expect(tokens.read(last)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await tokens.read(await tokenOf(next))).toMatchObject({ kind: 'CLIENT' });
  } finally {
    over.abort();
    keys.stop();
    await server.stop();
  }
});

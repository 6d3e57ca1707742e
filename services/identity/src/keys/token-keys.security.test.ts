// A signing key that was stolen must be replaced without anybody noticing, and be worth nothing afterwards.
import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { openAccessTokens, type AccessClaims } from '../sessions/access-token.ts';
import { runKeysCommand } from './keys-command.ts';
import { announceKey, retireKeys, rotateKey, tokenKeySettings, type TokenKeyState } from './token-keys.ts';

const ISSUER = 'https://kept.example';
const now = new Date('2027-03-01T10:00:00Z');
const until = new Date(now.getTime() + 3_600_000);
const claims: AccessClaims = {
  accountId: randomUUID(),
  organizationId: randomUUID(),
  sessionId: randomUUID(),
  kind: 'CLIENT',
  roles: ['CLIENT'],
  assurance: 'PASSWORD',
  method: 'PASSWORD',
  clientType: 'WEB',
  risk: 'LOW',
  deviceId: randomUUID(),
  trained: true,
  vendor: false,
  dependants: [],
  locations: null,
  sessionUntil: until,
  until: null,
  authenticatedAt: now,
  tokenGeneration: 0,
  keyThumbprint: null,
  emergency: undefined,
};
const first = (): TokenKeyState => ({
  key: generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  shown: undefined,
  next: undefined,
});

/** What stands in the settings after a step. */
function after(state: TokenKeyState, step: (state: TokenKeyState) => Record<string, string>): TokenKeyState {
  const { KEPT_TOKEN_KEY = state.key, KEPT_TOKEN_KEYS_SHOWN, KEPT_TOKEN_KEY_NEXT } = step(state);
  return {
    key: KEPT_TOKEN_KEY,
    shown: (KEPT_TOKEN_KEYS_SHOWN ?? state.shown) || undefined,
    next: (KEPT_TOKEN_KEY_NEXT ?? state.next) || undefined,
  };
}

const open = ({ key, shown }: TokenKeyState) =>
  openAccessTokens({
    key: createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' }),
    shown: tokenKeySettings.KEPT_TOKEN_KEYS_SHOWN.parse(shown),
    issuer: ISSUER,
  });
const accepts = async (keys: Awaited<ReturnType<typeof open>>['keys'], token: string) =>
  jwtVerify(token, createLocalJWKSet({ keys: [...keys.keys] }), { issuer: ISSUER, currentDate: now }).then(
    () => true,
    () => false,
  );

it('[identity A46] at each step every gateway, one step behind or not, accepts every token that is not over; then the old key is worth nothing', async () => {
  const states = [first()];
  for (const step of [announceKey, rotateKey, retireKeys]) states.push(after(states.at(-1) ?? first(), step));
  const stages = await Promise.all(states.map(open));
  const tokens = await Promise.all(stages.map(async (stage) => (await stage.issue(claims, now)).token));
  const table = [];
  for (const { keys } of stages) table.push(await Promise.all(tokens.map((token) => accepts(keys, token))));
  // Rows: the keys that a gateway knows; columns: the step that a token was signed in.
  expect(table).toEqual([
    [true, true, false, false],
    [true, true, true, true],
    [true, true, true, true],
    [false, false, true, true],
  ]);
  expect(stages.map(({ keys }) => keys.keys.length)).toEqual([1, 2, 2, 1]);
  expect(JSON.stringify(stages.map(({ keys }) => keys))).not.toContain('"d"');
});

it('[identity A46] a key that nobody was told of is not let sign', async () => {
  const state = first();
  const announced = after(state, announceKey);
  expect(() => rotateKey({ ...announced, shown: undefined })).toThrow('KEPT_TOKEN_KEYS_SHOWN');
  expect(() => rotateKey(state)).toThrow('keys announce');
  const printed: string[] = [];
  const run = (command: string, given: TokenKeyState) =>
    runKeysCommand([command], { state: given, print: (line) => void printed.push(line) });
  expect(await run('rotate', state)).toBe(1);
  expect(await run('list', announced)).toBe(0);
  expect(printed.slice(1).map((line) => line.replace(/^\S+ /, ''))).toEqual(['signs', 'is shown']);
  expect(await run('nonsense', state)).toBe(2);
});

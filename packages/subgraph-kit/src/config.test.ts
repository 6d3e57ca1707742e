import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkServiceSettings, readConfig, serviceSettings, withSecretFiles } from './config.ts';
import { openClock } from './clock.ts';
import { openLifetime } from './run-service.ts';
import { openLog } from './log.ts';

const pair = generateKeyPairSync('ed25519');
const base64 = (bytes: Buffer) => bytes.toString('base64');
const good = {
  KEPT_PORT: '4101',
  DATABASE_URL: 'postgres://a:b@localhost/c',
  REDIS_URL: 'redis://localhost',
  KEPT_PASSPORT_KEYS: `k:${base64(randomBytes(32))}`,
  KEPT_SIGNING_KEY: base64(pair.privateKey.export({ format: 'der', type: 'pkcs8' })),
  KEPT_TRUSTED_KEYS: JSON.stringify({
    identity: base64(pair.publicKey.export({ format: 'der', type: 'spki' })),
  }),
  KEPT_ROOT_KEY: base64(randomBytes(32)),
};
const shape = serviceSettings.superRefine(checkServiceSettings);
const directory = mkdtempSync(join(tmpdir(), 'kept-kit-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('reads a service’s settings, production unless said otherwise', () => {
  const settings = readConfig(shape, good);
  expect(settings).toMatchObject({ NODE_ENV: 'production', KEPT_PORT: 4101, KEPT_RUN: ['api', 'worker'] });
  expect(settings.KEPT_TRUSTED_KEYS['identity']?.asymmetricKeyType).toBe('ed25519');
});

it('names every problem at once, and never a value', () => {
  const { KEPT_PORT: _, ...rest } = good;
  const bad = {
    ...rest,
    KEPT_ROOT_KEY: 'c2VjcmV0',
    KEPT_SIGNING_KEY: 'nonsense',
    KEPT_PASSPORT_KEYS: 'hunter2',
  };
  let said = '';
  try {
    readConfig(shape, bad);
  } catch (error) {
    said = String(error);
  }
  for (const name of ['KEPT_PORT', 'KEPT_ROOT_KEY', 'KEPT_SIGNING_KEY', 'KEPT_PASSPORT_KEYS']) {
    expect(said).toContain(name);
  }
  expect(said).not.toMatch(/c2VjcmV0|nonsense|hunter2/);
});

it('[identity A50] refuses a key of equal bytes, a moved clock in production, and queues without a place', () => {
  const zeros = base64(Buffer.alloc(32));
  expect(() => readConfig(shape, { ...good, KEPT_ROOT_KEY: zeros })).toThrow('KEPT_ROOT_KEY');
  expect(() => readConfig(shape, { ...good, KEPT_CLOCK_OFFSET_FILE: '/tmp/x' })).toThrow(
    'refused in production',
  );
  expect(() => readConfig(shape, { ...good, REDIS_URL: '' })).toThrow('QUEUE_DATABASE_URL');
});

it('reads a secret from the file that NAME_FILE names, unless NAME is set', () => {
  const path = join(directory, 'root-key');
  writeFileSync(path, 'from the file\n');
  expect(withSecretFiles({ KEPT_ROOT_KEY_FILE: path })['KEPT_ROOT_KEY']).toBe('from the file');
  expect(withSecretFiles({ TF_CLI_CONFIG_FILE: '/nowhere' })).toEqual({ TF_CLI_CONFIG_FILE: '/nowhere' });
  expect(withSecretFiles({ KEPT_ROOT_KEY_FILE: path, KEPT_ROOT_KEY: 'set' })['KEPT_ROOT_KEY']).toBe('set');
});

it('moves the clock by what a file says, and stands on the real time without one', () => {
  const path = join(directory, 'offset');
  writeFileSync(path, String(86_400_000));
  const ahead = openClock({ offsetFile: path })().getTime() - Date.now();
  expect(Math.abs(ahead - 86_400_000)).toBeLessThan(5_000);
  expect(Math.abs(openClock({ offsetFile: join(directory, 'none') })().getTime() - Date.now())).toBeLessThan(
    5_000,
  );
});

it('closes what was opened in the reverse order, once, and goes on after a failure', async () => {
  const lifetime = openLifetime(openLog({ service: 'kit', level: 'silent' }));
  const closed: string[] = [];
  lifetime.onStop('database', () => void closed.push('database'));
  lifetime.onStop('broken', () => {
    throw new Error('stuck');
  });
  lifetime.onStop('server', () => void closed.push('server'));
  await Promise.all([lifetime.stop(), lifetime.stop()]);
  expect(closed).toEqual(['server', 'database']);
});

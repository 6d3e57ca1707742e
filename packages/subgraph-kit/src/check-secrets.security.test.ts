// A process that starts with a secret everybody knows protects nobody. It must not start, and must say all of why at once.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { problemsOfSecrets } from './check-secrets.ts';
import { readConfig } from './config.ts';

const random = () => randomBytes(32).toString('base64');
const good = () => ({
  KEPT_ROOT_KEY: random(),
  KEPT_PASSPORT_KEYS: `now:${random()},before:${random()}`,
  KEPT_PASSWORD_PEPPER: random(),
  KEPT_METRICS_TOKEN: random(),
  DATABASE_URL: `postgres://kept:${randomBytes(12).toString('hex')}@localhost/kept`,
});
const settingsOf = (env: Record<string, string>) => problemsOfSecrets(env).map(({ setting }) => setting);

it('secrets of one’s own are no problem, a hundred times', () => {
  for (let turn = 0; turn < 100; turn += 1) expect(settingsOf(good())).toEqual([]);
});

it.each<[string, Record<string, string>, string]>([
  ['a published example', { KEPT_METRICS_TOKEN: 'local-token-of-no-value' }, 'KEPT_METRICS_TOKEN'],
  ['a published example in capitals', { STRIPE_API_KEY: 'ChangeMe' }, 'STRIPE_API_KEY'],
  ['a published password of a database', { DATABASE_URL: 'postgres://kept:postgres@h/d' }, 'DATABASE_URL'],
  ['a published password of Redis', { REDIS_URL: 'redis://:redis@h' }, 'REDIS_URL'],
  ['a key of equal bytes', { KEPT_ROOT_KEY: Buffer.alloc(32, 7).toString('base64') }, 'KEPT_ROOT_KEY'],
  [
    'a key that counts',
    { KEPT_ROOT_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64') },
    'KEPT_ROOT_KEY',
  ],
  [
    'a key that is a sentence',
    {
      KEPT_PASSPORT_KEY_IDENTITY: `k:${Buffer.from('this is a very long sentence, no key').toString('base64')}`,
    },
    'KEPT_PASSPORT_KEY_IDENTITY',
  ],
  ['a flag of development', { KEPT_OUTBOUND_DEVELOPMENT: 'on' }, 'KEPT_OUTBOUND_DEVELOPMENT'],
  ['certificates that nobody checks', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED'],
])('[identity A50] %s is refused in production, and with NODE_ENV left out', (_what, bad, setting) => {
  expect(settingsOf({ ...good(), ...bad })).toEqual([setting]);
  expect(settingsOf({ ...good(), ...bad, NODE_ENV: 'production' })).toEqual([setting]);
  expect(settingsOf({ ...good(), ...bad, NODE_ENV: 'development' })).toEqual([]);
});

it('[identity A50] one value for two purposes is refused, and both are named', () => {
  const [key, other] = [random(), random()];
  const problems = problemsOfSecrets({
    ...good(),
    KEPT_ROOT_KEY: key,
    KEPT_PASSWORD_PEPPER: key,
    KEPT_PASSPORT_KEY_IDENTITY: `a:${other}`,
    KEPT_PASSPORT_KEY_PAYMENTS: `b:${random()},c:${other}`,
  });
  expect(problems.map(({ setting, message }) => [setting, /KEPT_\w+/.exec(message)?.[0]])).toEqual([
    ['KEPT_PASSWORD_PEPPER', 'KEPT_ROOT_KEY'],
    ['KEPT_PASSPORT_KEY_PAYMENTS', 'KEPT_PASSPORT_KEY_IDENTITY'],
  ]);
});

it('[identity A50] all problems are said at once, those of secrets beside those of form, and never a value', () => {
  const shape = z.object({ KEPT_ROOT_KEY: z.string(), KEPT_PORT: z.coerce.number('must be a port number') });
  const key = Buffer.alloc(32, 7).toString('base64');
  let said = '';
  try {
    readConfig(shape, {
      KEPT_ROOT_KEY: key,
      KEPT_PORT: 'x',
      KEPT_METRICS_TOKEN: 'hunter2',
      KEPT_OUTBOUND_DEVELOPMENT: 'on',
    });
  } catch (error) {
    said = String(error);
  }
  for (const name of ['KEPT_PORT', 'KEPT_ROOT_KEY', 'KEPT_METRICS_TOKEN', 'KEPT_OUTBOUND_DEVELOPMENT'])
    expect(said).toContain(name);
  expect(said).not.toContain(key);
  expect(said).not.toContain('hunter2');
});

it('[identity A50] every service and the gateway read their settings through the same door', () => {
  const root = join(import.meta.dirname, '../../..');
  const services = readdirSync(join(root, 'services')).map((name) => join(root, 'services', name));
  for (const folder of [...services, join(root, 'gateway')]) {
    const config = readFileSync(join(folder, 'src/config.ts'), 'utf8');
    expect(config).toContain('readConfig(');
    expect(config).not.toContain('.parse(process.env');
  }
});

it('[identity A50] secrets that stand in what we publish are known', () => {
  const root = join(import.meta.dirname, '../../..');
  const texts = ['docker-compose.yml', 'docs/operations.md', 'packages/local-stack/src/stack/environment.ts'];
  const literal = /\b((?:KEPT|STRIPE)_[A-Z_]*(?:SECRET|TOKEN|PASSWORD)): ?'([^'$]{3,})'/g;
  const found = texts.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(literal)]);
  for (const [, setting = '', value = ''] of found)
    expect([setting, settingsOf({ [setting]: value })]).toEqual([setting, [setting]]);
});

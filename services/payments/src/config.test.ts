import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readPaymentsConfig } from './config.ts';

const keys = generateKeyPairSync('ed25519');
const der = (key: { export(options: object): unknown }, type: string) =>
  Buffer.from(key.export({ format: 'der', type }) as Uint8Array).toString('base64');

const good = {
  DATABASE_URL: 'postgres://127.0.0.1/payments',
  REDIS_URL: 'redis://127.0.0.1',
  KEPT_PASSPORT_KEYS: `a:${randomBytes(32).toString('base64')}`,
  KEPT_SIGNING_KEY: der(keys.privateKey, 'pkcs8'),
  KEPT_TRUSTED_KEYS: JSON.stringify({ scheduling: der(keys.publicKey, 'spki') }),
  KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
  STRIPE_API_KEY: 'sk_test_configuration',
  STRIPE_API_BASE: 'http://127.0.0.1:4190',
  STRIPE_WEBHOOK_SECRETS: 'whsec_one_of_two, whsec_two_of_two',
};

const problemsOf = (change: Record<string, string | undefined>): string => {
  try {
    readPaymentsConfig({ ...good, ...change });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('the configuration of payments', () => {
  it('reads several webhook secrets, so that one can be rotated', () => {
    const config = readPaymentsConfig(good);
    expect(config.STRIPE_WEBHOOK_SECRETS).toEqual(['whsec_one_of_two', 'whsec_two_of_two']);
    expect(config.KEPT_PORT).toBe(4103);
  });

  it.each([
    [
      'http to another machine',
      { STRIPE_API_BASE: 'http://payments.example:4190' },
      'STRIPE_API_BASE: must be https',
    ],
    [
      'a live key for another address',
      { STRIPE_API_KEY: 'sk_live_configuration' },
      'STRIPE_API_KEY: is a live key',
    ],
    ['a publishable key', { STRIPE_API_KEY: 'pk_test_configuration' }, 'STRIPE_API_KEY: must be a secret'],
    ['no webhook secret', { STRIPE_WEBHOOK_SECRETS: undefined }, 'STRIPE_WEBHOOK_SECRETS: is missing'],
    [
      'a webhook secret that is none',
      { STRIPE_WEBHOOK_SECRETS: 'secret' },
      'STRIPE_WEBHOOK_SECRETS.0: must be whsec_',
    ],
    [
      'nobody to trust for quotes',
      { KEPT_TRUSTED_KEYS: '{}' },
      'KEPT_TRUSTED_KEYS: must name the key of scheduling',
    ],
  ])('is refused with %s, in one sentence without the value', (_words, change, sentence) => {
    const problems = problemsOf(change);
    expect(problems).toContain(sentence);
    for (const value of Object.values(change))
      if (value !== undefined && value.length > 8) expect(problems).not.toContain(value);
  });

  it('takes https anywhere, and Stripe itself with a live key', () => {
    expect(problemsOf({ STRIPE_API_BASE: 'https://payments.example' })).toBe('');
    expect(problemsOf({ STRIPE_API_BASE: undefined, STRIPE_API_KEY: 'sk_live_configuration' })).toBe('');
  });
});

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

/** A live key with its entry in the register of processors. */
const registered = {
  STRIPE_API_KEY: 'sk_live_configuration',
  STRIPE_PROCESSING_AGREEMENT: 'DPA of 2026-01-15',
  STRIPE_PCI_ATTESTATION_UNTIL: '2099-03-31',
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
    expect(problemsOf({ STRIPE_API_BASE: undefined, ...registered })).toBe('');
  });

  it.each([
    [
      'no agreement on data processing',
      { STRIPE_PROCESSING_AGREEMENT: undefined },
      'PROCESSING_AGREEMENT: must name',
    ],
    [
      'no attestation',
      { STRIPE_PCI_ATTESTATION_UNTIL: undefined },
      'PCI_ATTESTATION_UNTIL: must say until when',
    ],
    [
      'an attestation that has run out',
      { STRIPE_PCI_ATTESTATION_UNTIL: '2024-02-29' },
      'lies in the past: ask',
    ],
    [
      'a day that does not exist',
      { STRIPE_PCI_ATTESTATION_UNTIL: '2099-02-30' },
      'STRIPE_PCI_ATTESTATION_UNTIL',
    ],
  ])('[PAY-07] refuses a live key with %s; a test key needs none of it', (_words, change, sentence) => {
    const live = { STRIPE_API_BASE: undefined, ...registered };
    expect(problemsOf({ ...live, ...change })).toContain(sentence);
    expect(problemsOf({ ...live, STRIPE_API_KEY: 'sk_test_configuration', ...change })).not.toContain(
      'before a live key',
    );
  });

  it('[PAY-06] refuses an authority that is none, and pages to come back to that are not encrypted', () => {
    expect(problemsOf({ STRIPE_AUTHORITIES: 'trust me' })).toContain(
      'STRIPE_AUTHORITIES: must be certificates',
    );
    for (const origin of [
      'http://app.example',
      'https://app.example/path',
      'app.example',
      'javascript:alert(1)',
    ]) {
      expect(problemsOf({ KEPT_PAYMENT_RETURN_ORIGINS: `https://good.example, ${origin}` })).toContain(
        'must be https',
      );
    }
    expect(problemsOf({ KEPT_PAYMENT_RETURN_ORIGINS: 'https://a.example,http://localhost:5173' })).toBe('');
  });
});

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readIdentityConfig } from './config.ts';

const signing = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
const complete = () => ({
  DATABASE_URL: 'postgresql://kept@127.0.0.1/kept_identity',
  REDIS_URL: 'redis://127.0.0.1',
  KEPT_PASSPORT_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  KEPT_SIGNING_KEY: signing(),
  KEPT_TRUSTED_KEYS: '{}',
  KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
  KEPT_TOKEN_KEY: signing(),
  KEPT_TOKEN_ISSUER: 'https://kept.example',
  KEPT_PASSWORD_PEPPER: randomBytes(32).toString('base64'),
  SMTP_URL: 'smtp://127.0.0.1:25',
  MAIL_FROM: 'Kept <no-reply@kept.example>',
  KEPT_PUBLIC_URL: 'https://book.example',
});

it('starts with a complete configuration', () => {
  expect(readIdentityConfig(complete())).toMatchObject({ KEPT_PORT: 4101, KEPT_SWEEP_SECONDS: 60 });
});

it('[identity A50] names every setting that is missing or weak at once, and none of their values', () => {
  const weak = {
    ...complete(),
    KEPT_PASSWORD_PEPPER: Buffer.alloc(32).toString('base64'),
    SMTP_URL: 'http://mail.example',
    MAIL_FROM: 'a\r\nBcc: evil@x.example',
    KEPT_CLOCK_OFFSET_FILE: '/tmp/clock',
    KEPT_TOKEN_KEY: undefined,
  };
  expect(() => readIdentityConfig(weak)).toThrow(
    /KEPT_TOKEN_KEY[\s\S]*KEPT_PASSWORD_PEPPER[\s\S]*SMTP_URL[\s\S]*MAIL_FROM/,
  );
  expect(() => readIdentityConfig(weak)).not.toThrow(/evil|AAAAAAAA/);
});

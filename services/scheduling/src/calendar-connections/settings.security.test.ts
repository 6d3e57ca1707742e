/** The hole: a process that starts with an address in clear sends appointments in clear until somebody looks. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readSchedulingConfig } from '../config.ts';

const signing = () =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
const complete = () => ({
  DATABASE_URL: 'postgresql://kept@127.0.0.1/kept_scheduling',
  REDIS_URL: 'redis://127.0.0.1',
  KEPT_PASSPORT_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  KEPT_SIGNING_KEY: signing(),
  KEPT_TRUSTED_KEYS: '{}',
  KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
});

it('[ENC-09] does not start with a webhook, calendar or SMS address in clear, and names each', () => {
  expect(readSchedulingConfig(complete())).toMatchObject({ NODE_ENV: 'production' });
  const clear = {
    ...complete(),
    KEPT_WEBHOOK_URL: 'http://secret.example/hook',
    KEPT_CALENDAR_URL: 'http://secret.example/calendar',
    SMS_GATEWAY_URL: 'http://secret.example/sms',
  };
  expect(() => readSchedulingConfig(clear)).toThrow(
    /KEPT_WEBHOOK_URL: must be an https[\s\S]*KEPT_CALENDAR_URL[\s\S]*SMS_GATEWAY_URL/,
  );
  expect(() => readSchedulingConfig(clear)).not.toThrow(/secret\.example/);
  const encrypted = { ...complete(), KEPT_WEBHOOK_URL: 'https://hooks.example' };
  expect(() => readSchedulingConfig(encrypted)).not.toThrow();
});

it('[ENC-09] refuses to open this machine to calls in production', () => {
  const open = { ...complete(), KEPT_OUTBOUND_DEVELOPMENT: 'on' };
  expect(() => readSchedulingConfig(open)).toThrow('KEPT_OUTBOUND_DEVELOPMENT');
  expect(readSchedulingConfig({ ...open, NODE_ENV: 'development' })).toMatchObject({
    KEPT_OUTBOUND_DEVELOPMENT: 'on',
  });
  expect(() => readSchedulingConfig({ ...complete(), KEPT_OUTBOUND_DEVELOPMENT: 'off' })).toThrow();
});

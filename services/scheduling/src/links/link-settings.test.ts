import { generateKeyPairSync, randomBytes, type KeyPairKeyObjectResult } from 'node:crypto';
import { readSchedulingConfig } from '../config.ts';

const publicOf = ({ publicKey }: KeyPairKeyObjectResult) =>
  publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const complete = () => ({
  DATABASE_URL: 'postgresql://kept@127.0.0.1/kept_scheduling',
  REDIS_URL: 'redis://127.0.0.1',
  KEPT_PASSPORT_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  KEPT_SIGNING_KEY: generateKeyPairSync('ed25519')
    .privateKey.export({ format: 'der', type: 'pkcs8' })
    .toString('base64'),
  KEPT_TRUSTED_KEYS: '{}',
  KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
});

it('[BOK-05] starts without keys for links, and with both of what they need', () => {
  expect(readSchedulingConfig(complete())).toMatchObject({ KEPT_PORT: 4102 });
  const links = {
    KEPT_LINK_PUBLIC_KEY: publicOf(generateKeyPairSync('x25519')),
    KEPT_PUBLIC_URL: 'https://book.example',
  };
  expect(readSchedulingConfig({ ...complete(), ...links }).KEPT_LINK_PUBLIC_KEY?.type).toBe('public');
});

it('[BOK-05] refuses half of it, and a key that could not seal', () => {
  const KEPT_LINK_PUBLIC_KEY = publicOf(generateKeyPairSync('x25519'));
  expect(() => readSchedulingConfig({ ...complete(), KEPT_LINK_PUBLIC_KEY })).toThrow(/KEPT_PUBLIC_URL/);
  const KEPT_PUBLIC_URL = 'https://book.example';
  for (const wrong of [publicOf(generateKeyPairSync('ed25519')), 'AAAA', KEPT_LINK_PUBLIC_KEY.slice(4)])
    expect(() =>
      readSchedulingConfig({ ...complete(), KEPT_PUBLIC_URL, KEPT_LINK_PUBLIC_KEY: wrong }),
    ).toThrow(/KEPT_LINK_PUBLIC_KEY: must be an X25519 public key/);
});

// What it keeps closed: a protection that has to be bought, switched on or known of. With nothing but addresses and keys in
// the environment every protection is on; what weakens one is refused in production, or is said in the log.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { newSecrets, serviceNames } from '@kept/local-stack';

const root = join(import.meta.dirname, '..');
type Environment = Readonly<Record<string, string>>;
type Config = Readonly<Record<string, unknown>>;

const filesOfProduct = execFileSync('git', ['ls-files', 'packages', 'services', 'gateway'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|mjs|graphql|sql)$/.test(file) && !file.endsWith('.test.ts'));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

const secrets = newSecrets();
const trusted = JSON.stringify(
  Object.fromEntries(serviceNames.map((name) => [name, secrets.services[name].publicKey])),
);

/** No more than without which a process cannot start. */
function barest(part: string): Environment {
  if (part === 'gateway') {
    return {
      KEPT_JWKS_URL: 'https://identity.example/.well-known/jwks.json',
      KEPT_TOKEN_ISSUER: 'https://kept.example',
      KEPT_DOCUMENTS: '/etc/kept/documents',
      ...Object.fromEntries(
        serviceNames.flatMap((name) => [
          [`${name.toUpperCase()}_URL`, `https://${name}.example/graphql`],
          [`KEPT_PASSPORT_KEY_${name.toUpperCase()}`, secrets.services[name].passportKey],
        ]),
      ),
    };
  }
  const own = secrets.services[part as (typeof serviceNames)[number]];
  return {
    DATABASE_URL: 'postgresql://kept:b7Qm2vX9tR4w@database.example/kept?sslmode=verify-full',
    REDIS_URL: 'rediss://queue.example',
    KEPT_PASSPORT_KEYS: own.passportKey,
    KEPT_SIGNING_KEY: own.signingKey,
    KEPT_TRUSTED_KEYS: trusted,
    KEPT_ROOT_KEY: own.rootKey,
    KEPT_TOKEN_KEY: secrets.tokenKey,
    KEPT_TOKEN_ISSUER: 'https://kept.example',
    KEPT_PUBLIC_URL: 'https://kept.example',
    KEPT_PASSWORD_PEPPER: secrets.passwordPepper,
    SMTP_URL: 'smtps://mail.example',
    MAIL_FROM: 'Kept <kept@kept.example>',
    STRIPE_API_KEY: 'sk_test_1234567890',
    STRIPE_WEBHOOK_SECRETS: secrets.webhookSecret,
  };
}

async function configOf(part: string, more: Environment = {}): Promise<Config> {
  const folder = part === 'gateway' ? 'gateway' : `services/${part}`;
  const url = pathToFileURL(join(root, folder, 'src/config.ts')).href;
  const exported = (await import(url)) as Readonly<Record<string, (env: Environment) => Config>>;
  const read = exported[`read${part.charAt(0).toUpperCase()}${part.slice(1)}Config`];
  if (!read) throw new Error(`${part} has no function that reads its settings.`);
  return read({ ...barest(part), ...more });
}

it('[ACC-10] no protection stands behind an edition, a licence key or a switch for those who pay', () => {
  const bought =
    /\b(enterprise|premium|paid[ _-]?plan|(community|pro|cloud)[ _-]edition|licen[cs]e[ _-]?key|feature[ _-]?flag)\b/i;
  expect(filesOfProduct.length).toBeGreaterThan(300);
  expect(filesOfProduct.filter((file) => bought.test(textOf(file)))).toEqual([]);
});

it('[ACC-10] with nothing but addresses and keys, every process starts in production and protects', async () => {
  for (const part of serviceNames) {
    expect(await configOf(part)).toMatchObject({ NODE_ENV: 'production', KEPT_HOST: '127.0.0.1' });
  }
  expect(await configOf('gateway')).toMatchObject({
    NODE_ENV: 'production',
    KEPT_HOST: '127.0.0.1',
    KEPT_AUTHORIZATION: 'enforce',
    KEPT_DEVELOPMENT_PAGES: false,
    KEPT_ALLOWED_ORIGINS: [],
    KEPT_TRUSTED_PROXIES: 0,
  });
  for (const [name, value] of Object.entries(await configOf('gateway'))) {
    if (name.startsWith('KEPT_LIMIT_')) expect([name, Number(value) > 0]).toEqual([name, true]);
  }
});

describe('what would weaken a protection', () => {
  it.each([
    ['gateway', { KEPT_AUTHORIZATION: 'dry-run' }],
    ['gateway', { KEPT_DEVELOPMENT_PAGES: 'on' }],
    ['gateway', { KEPT_DOCUMENTS: '' }],
    ['gateway', { KEPT_LIMIT_COST: '0' }],
    ['gateway', { IDENTITY_URL: 'http://identity.example/graphql' }],
    ['gateway', { KEPT_HOST: '0.0.0.0' }],
    ['identity', { SMTP_URL: 'smtp://mail.example' }],
    ['identity', { KEPT_PASSWORD_PEPPER: Buffer.alloc(32).toString('base64') }],
    ['scheduling', { DATABASE_URL: 'postgresql://kept:b7Qm2vX9tR4w@database.example/kept' }],
    ['compliance', { KEPT_ROOT_KEY: Buffer.alloc(8, 1).toString('base64') }],
    ['payments', { STRIPE_API_BASE: 'http://elsewhere.example' }],
    ...[...serviceNames, 'gateway'].map((part): [string, Environment] => [
      part,
      { KEPT_CLOCK_OFFSET_FILE: '/tmp/clock' },
    ]),
  ])('[ACC-10] %s does not start with %j', async (part, weaker) => {
    await expect(configOf(part, weaker)).rejects.toThrow(
      new RegExp(Object.keys(weaker).join('|').replace('KEPT_HOST', 'KEPT_TLS_CERTIFICATE_FILE')),
    );
  });
});

it('every setting that the code reads stands in docs/operations.md', () => {
  const page = textOf('docs/operations.md');
  const settings = filesOfProduct
    .filter((file) => /\/(config|settings|tls)\.ts$/.test(file))
    .flatMap((file) =>
      [
        ...textOf(file).matchAll(/^\s*(?:\.\.\.)?(KEPT_[A-Z_]+|[A-Z]+_URL|MAIL_FROM|STRIPE_[A-Z_]+)\??:/gm),
      ].map((match) => match[1] ?? ''),
    );
  const missing = [...new Set(settings)].filter(
    (name) => !page.includes(name) && !page.includes(`${name.split('_').slice(0, -1).join('_')}_<`),
  );
  expect(missing).toEqual([]);
});

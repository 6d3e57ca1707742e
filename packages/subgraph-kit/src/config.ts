import { readFileSync } from 'node:fs';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { parsePassportKeys } from '@kept/passport';
import { z } from 'zod';
import { problemsOfSecrets } from './check-secrets.ts';
import { checkEncryption, tlsSettings, type TlsSettings } from './tls.ts';

/** Every problem of a process's settings, one per line, so that nobody has to start five times. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads a process's settings. Throws one `ConfigurationError` that names every setting that is missing or wrong. */
export function readConfig<Shape extends z.ZodType>(
  shape: Shape,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<Shape> {
  // An empty variable is how compose files say "not set".
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = shape.safeParse(given);
  const insecure = problemsOfSecrets(given);
  if (result.success && insecure.length === 0) return result.data;
  const lines = [
    ...(result.error?.issues ?? []).map(
      (issue) => `  ${issue.path.join('.') || 'settings'}: ${sentenceOf(issue)}`,
    ),
    ...insecure.map(({ setting: name, message }) => `  ${name}: ${message}`),
  ];
  throw new ConfigurationError(`The configuration cannot be used:\n${[...new Set(lines)].join('\n')}`);
}

// Never the value itself: it may be a secret.
function sentenceOf(issue: { code?: string; input?: unknown; message: string }): string {
  if (issue.code === 'invalid_type' && issue.message.includes('undefined')) return 'is missing';
  return issue.message;
}

function converted<T>(convert: (text: string) => T, otherwise: string) {
  return z.string().transform((text, context) => {
    try {
      return convert(text);
    } catch {
      context.addIssue({ code: 'custom', message: otherwise });
      return z.NEVER;
    }
  });
}

const key32 = converted((text) => {
  const key = Buffer.from(text, 'base64');
  if (key.length < 32 || key.every((byte) => byte === key[0])) throw new Error('short');
  return key;
}, 'must be at least 32 random bytes in base64 (`openssl rand -base64 32`)');

const signingKey = converted((text): KeyObject => {
  const key = createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('wrong kind');
  return key;
}, 'must be an Ed25519 private key, PKCS#8 DER in base64');

const trustedKeys = converted((text): Readonly<Record<string, KeyObject>> => {
  const keys = z.record(z.string(), z.string()).parse(JSON.parse(text));
  const read = (key: string) =>
    createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  return Object.fromEntries(Object.entries(keys).map(([service, key]) => [service, read(key)]));
}, 'must be JSON: service name to Ed25519 public key, SPKI DER in base64');

// X25519 (RFC 7748): one half seals for whoever has the other (JWE, ECDH-ES). A key of another kind would fail at the first mail.
const sealingKey = converted((text): KeyObject => {
  const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'x25519') throw new Error('wrong kind');
  return key;
}, 'must be an X25519 public key, SPKI DER in base64');

const openingKeys = converted((text): readonly KeyObject[] => {
  return text.split(',').map((part) => {
    const key = createPrivateKey({ key: Buffer.from(part.trim(), 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType !== 'x25519') throw new Error('wrong kind');
    return key;
  });
}, 'must be X25519 private keys, PKCS#8 DER in base64, the current one first, separated by commas');

/** The forms that settings take. */
export const setting = {
  port: z.coerce.number('must be a port number').int().min(0).max(65_535),
  positive: z.coerce.number('must be a positive number').positive(),
  url: z.url('must be a URL'),
  key32,
  signingKey,
  trustedKeys,
  sealingKey,
  openingKeys,
  passportKeys: converted(parsePassportKeys, 'must be id:base64[,id:base64] with at least 32 bytes each'),
  secret: z.string().min(16, 'must be a secret of at least 16 characters'),
};

/** What every service reads from its environment; a service's `config.ts` extends it. Times are in seconds. */
export const serviceSettings = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
  KEPT_HOST: z.string().default('127.0.0.1'),
  KEPT_PORT: setting.port,
  DATABASE_URL: setting.url,
  DATABASE_DIRECT_URL: setting.url.optional(),
  KEPT_DATABASE_CONNECTIONS: setting.positive.int('must be a whole number').max(200).default(10),
  REDIS_URL: setting.url.optional(),
  QUEUE_DATABASE_URL: setting.url.optional(),
  KEPT_PASSPORT_KEYS: setting.passportKeys,
  KEPT_SIGNING_KEY: setting.signingKey,
  KEPT_TRUSTED_KEYS: setting.trustedKeys,
  KEPT_ROOT_KEY: setting.key32,
  KEPT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  KEPT_METRICS_TOKEN: setting.secret.optional(),
  KEPT_CLOCK_OFFSET_FILE: z.string().optional(),
  KEPT_RUN: z
    .string()
    .default('api,worker')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(['api', 'worker'], 'must name api, worker or both')).min(1)),
  KEPT_SWEEP_SECONDS: setting.positive.default(60),
  ...tlsSettings,
});

/** What must also hold between a service's settings. Use with `.superRefine(checkServiceSettings)`. */
export function checkServiceSettings(
  settings: TlsSettings &
    Partial<Record<'REDIS_URL' | 'QUEUE_DATABASE_URL' | 'KEPT_CLOCK_OFFSET_FILE', string | undefined>>,
  context: z.RefinementCtx,
): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (!settings.REDIS_URL && !settings.QUEUE_DATABASE_URL) {
    refuse('REDIS_URL', 'is missing; set it, or QUEUE_DATABASE_URL for queues on PostgreSQL');
  }
  if (settings.NODE_ENV === 'production' && settings.KEPT_CLOCK_OFFSET_FILE) {
    refuse('KEPT_CLOCK_OFFSET_FILE', 'moves the clock and is refused in production');
  }
  checkEncryption(settings, REACHED, context);
}

// Every other machine that a service may speak to.
const REACHED = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'REDIS_URL', 'QUEUE_DATABASE_URL', 'SMTP_URL'].concat(
  ['STRIPE_API_BASE'],
);

/** Where this process sends its traces: OpenTelemetry's own setting. Undefined, and nothing is loaded, unless it is set. */
export function readTraceEndpoint(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const shape = z.object({ OTEL_EXPORTER_OTLP_ENDPOINT: setting.url.optional() });
  return readConfig(shape, env).OTEL_EXPORTER_OTLP_ENDPOINT;
}

// Ours alone: other programs have variables that end in _FILE, whose files need not exist.
const FROM_FILE = /^((?:KEPT|DATABASE|REDIS|QUEUE|SMTP|STRIPE)_[A-Z_]+)_FILE$/;
// Settings that are themselves a file's place: their program reads them, again when they change.
const PLACES = new Set([
  'KEPT_CLOCK_OFFSET_FILE',
  'KEPT_TLS_CERTIFICATE_FILE',
  'KEPT_TLS_KEY_FILE',
  'KEPT_CLIENTS_FILE',
  'KEPT_NETWORK_RULES_FILE',
  'KEPT_SUPERGRAPH_FILE',
]);

/** Reads a secret from `NAME_FILE` (Docker and Kubernetes secrets) wherever `NAME` itself is not set. */
export function withSecretFiles(env: Readonly<Record<string, string | undefined>>) {
  const merged: Record<string, string | undefined> = { ...env };
  for (const [name, path] of Object.entries(env)) {
    const target = FROM_FILE.exec(name)?.[1];
    if (target && path && !PLACES.has(name) && merged[target] === undefined) {
      merged[target] = readFileSync(path, 'utf8').trim();
    }
  }
  return merged;
}

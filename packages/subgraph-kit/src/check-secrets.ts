/** A setting that must not be used, and why. */
export interface SecretProblem {
  readonly setting: string;
  readonly message: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

// Ours and those of what we call; other programs' variables in the same environment are none of our business.
const SECRET =
  /^(?:KEPT|STRIPE|TWILIO)_(?:[A-Z]+_)*(?:KEY|KEYS|SECRET|SECRETS|TOKEN|PEPPER|PASSWORD)(?:_[A-Z]+)*$/;
const NO_SECRET = /PUBLIC|TRUSTED|SHOWN|_FILE$|_VERSION$|_LOST$/;
const RANDOM = /^KEPT_(?:[A-Z]+_)*(?:KEY|KEYS|PEPPER)(?:_[A-Z]+)*$/;
const ADDRESSES = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'QUEUE_DATABASE_URL', 'REDIS_URL', 'SMTP_URL'];

// What people take from documentation, from images and from the first page of a search: whoever attacks tries these first.
const PUBLISHED = new Set(
  `admin changeit changeme change-me change_me default demo example guest hunter2 kept keptkept letmein local-token-of-no-value
  mysecretpassword passw0rd password postgres postgresql redis replace-me root s3cret secret supersecret test your-secret
  your-secret-here user:password 123456 12345678 1234567890 sk_test_example whsec_example abcedfghijklmnopqrstuvwxyz`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

// What makes things visible or movable that must be neither where people's data is.
const DEVELOPMENT: Readonly<Record<string, string>> = {
  KEPT_OUTBOUND_DEVELOPMENT: 'lets calls reach private networks and is refused in production',
  NODE_TLS_REJECT_UNAUTHORIZED: 'switches the checking of certificates off and is refused in production',
};

/**
 * Secrets that are no secrets, and flags of development, where a process would meet people's data (A50): published examples,
 * one value for two purposes, keys that are not random. Never says the value.
 */
export function problemsOfSecrets(env: Environment): SecretProblem[] {
  if (env['NODE_ENV'] === 'development' || env['NODE_ENV'] === 'test') return [];
  const secrets = Object.entries(env).flatMap(([setting, value]) =>
    value !== undefined && value !== '' && SECRET.test(setting) && !NO_SECRET.test(setting)
      ? partsOf(value).map((part) => ({ setting, part }))
      : [],
  );
  return [...published(secrets, env), ...shared(secrets), ...notRandom(secrets), ...developing(env)];
}

interface Part {
  readonly setting: string;
  readonly part: string;
}

// Several keys in one setting, each perhaps with a name in front: `id:base64,id:base64`.
const partsOf = (value: string): string[] =>
  value.split(',').map((part) => part.trim().replace(/^[A-Za-z0-9_.-]{1,64}:(?=.)/, ''));

function published(secrets: readonly Part[], env: Environment): SecretProblem[] {
  const message = 'is an example that everybody knows; make one of your own (`openssl rand -base64 32`)';
  const passwords = ADDRESSES.flatMap((setting) => {
    const value = env[setting];
    const password = value !== undefined && URL.canParse(value) ? new URL(value).password : '';
    return password === '' ? [] : [{ setting, part: decodeURIComponent(password) }];
  });
  return [...secrets, ...passwords]
    .filter(({ part }) => PUBLISHED.has(part.toLowerCase()))
    .map(({ setting }) => ({ setting, message }));
}

function shared(secrets: readonly Part[]): SecretProblem[] {
  const first = new Map<string, string>();
  const problems: SecretProblem[] = [];
  for (const { setting, part } of secrets) {
    const other = first.get(part);
    if (other === undefined) first.set(part, setting);
    else if (other !== setting)
      problems.push({ setting, message: `is the same as ${other}; each purpose needs its own` });
  }
  return problems;
}

// 32 random bytes with fewer than 16 different ones, or with nothing but printable characters, do not happen (below 1e-13).
const DIFFERENT_MIN = 16;

function notRandom(secrets: readonly Part[]): SecretProblem[] {
  return secrets
    .filter(({ setting, part }) => {
      const bytes = Buffer.from(part, 'base64');
      if (!RANDOM.test(setting) || bytes.length < 32) return false;
      const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
      const counts = bytes.every((byte, at) => at === 0 || byte === ((bytes[at - 1] ?? 0) + 1) % 256);
      return isText || counts || new Set(bytes).size < DIFFERENT_MIN;
    })
    .map(({ setting }) => ({
      setting,
      message: 'is not random; make one with `openssl rand -base64 32`',
    }));
}

const developing = (env: Environment): SecretProblem[] =>
  Object.entries(DEVELOPMENT)
    .filter(([setting]) => {
      const value = env[setting];
      return value !== undefined && value !== '' && !(setting.startsWith('NODE_') && value !== '0');
    })
    .map(([setting, message]) => ({ setting, message }));

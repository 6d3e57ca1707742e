import type { MachineCertificate } from '../certificate/index.ts';
import { checkedBy } from '../postgres/encrypted-only.ts';
import type { StackPorts } from './ports.ts';
import { serviceNames, type ServiceName, type StackSecrets } from './secrets.ts';
import { demoOrganizations } from './demo-accounts.ts';

export type Environment = Record<string, string>;

/** What the environments of the processes are made from. */
export interface Surroundings {
  ports: StackPorts;
  secrets: StackSecrets;
  smtpUrl: string;
  simulatorUrl: string;
  accountsFile: string;
  redisUrl?: string | undefined;
  clockOffsetFile?: string | undefined;
  sweepSeconds?: number | undefined;
  reconcileSeconds?: number | undefined;
  documents?: string | undefined;
  clientsFile?: string | undefined;
  certificate?: MachineCertificate | undefined;
}

// Processes run in the repository's folder.
const OWN_DOCUMENTS = 'gateway/operations/manifest';

const host = '127.0.0.1';

/** Where the databases are, and the certificate that their server shows. */
export interface DatabasePlace {
  port: number;
  certificate?: MachineCertificate | undefined;
}

const databaseUrl = (service: string, login: string, { port, certificate }: DatabasePlace): string =>
  `postgresql://kept_${login}@${host}:${port}/kept_${service}${checkedBy(certificate)}`;

export const ownerUrl = (service: string, password: string, place: DatabasePlace): string =>
  databaseUrl(service, `${service}_owner:${password}`, place);

export const appUrl = (service: string, password: string, place: DatabasePlace): string =>
  databaseUrl(service, `${service}:${password}`, place);

/** The address of one of our own processes. */
export const processUrl = (port: number, certificate: MachineCertificate | undefined): string =>
  `${certificate ? 'https' : 'http'}://${host}:${port}`;

const given = (pairs: Record<string, string | undefined>): Environment =>
  Object.fromEntries(Object.entries(pairs).filter((pair): pair is [string, string] => pair[1] !== undefined));

const issuer = ({ ports, certificate }: Surroundings): string => processUrl(ports.gateway, certificate);

function commonEnvironment(
  { ports, clockOffsetFile, sweepSeconds, certificate }: Surroundings,
  part: 'gateway' | ServiceName,
): Environment {
  return given({
    NODE_ENV: 'development',
    KEPT_HOST: host,
    KEPT_PORT: String(ports[part]),
    KEPT_LOG_LEVEL: 'info',
    KEPT_CLOCK_OFFSET_FILE: clockOffsetFile,
    KEPT_SWEEP_SECONDS: sweepSeconds === undefined ? undefined : String(sweepSeconds),
    KEPT_TLS_CERTIFICATE_FILE: certificate?.certificateFile,
    KEPT_TLS_KEY_FILE: certificate?.keyFile,
    NODE_EXTRA_CA_CERTS: certificate?.certificateFile,
  });
}

function ownEnvironment(surroundings: Surroundings, service: ServiceName): Environment {
  const { ports, secrets, smtpUrl, simulatorUrl, accountsFile, reconcileSeconds } = surroundings;
  switch (service) {
    case 'identity':
      return {
        KEPT_TOKEN_KEY: secrets.tokenKey,
        KEPT_TOKEN_ISSUER: issuer(surroundings),
        KEPT_LINK_PRIVATE_KEYS: secrets.linkKeys.privateKey,
        KEPT_PASSWORD_PEPPER: secrets.passwordPepper,
        SMTP_URL: smtpUrl,
        // Texts lie beside the mails: the same page takes them, as a provider does.
        KEPT_SMS_URL: `http://${host}:${ports.mailPage}`,
        KEPT_SMS_ACCOUNT: 'ACkept',
        KEPT_SMS_TOKEN: 'local-token-of-no-value',
        KEPT_SMS_FROM: '+15005550006',
        KEPT_OUTBOUND_DEVELOPMENT: 'on',
        MAIL_FROM: 'Kept <kept@localhost.example>',
        KEPT_PUBLIC_URL: issuer(surroundings),
        KEPT_DEMO_ACCOUNTS: accountsFile,
      };
    case 'payments':
      return given({
        STRIPE_API_KEY: secrets.stripeApiKey,
        STRIPE_API_BASE: simulatorUrl,
        STRIPE_WEBHOOK_SECRETS: secrets.webhookSecret,
        KEPT_PAYMENT_RETURN_ORIGINS: issuer(surroundings),
        KEPT_RECONCILE_SECONDS: reconcileSeconds === undefined ? undefined : String(reconcileSeconds),
      });
    case 'scheduling':
      return {
        KEPT_LINK_PUBLIC_KEY: secrets.linkKeys.publicKey,
        KEPT_PUBLIC_URL: issuer(surroundings),
      };
    case 'compliance':
      return {};
  }
}

export function serviceEnvironment(surroundings: Surroundings, service: ServiceName): Environment {
  const { ports, secrets, redisUrl, certificate } = surroundings;
  const place = { port: ports.postgres, certificate };
  const own = secrets.services[service];
  const publicKeys = serviceNames.map((name): [string, string] => [name, secrets.services[name].publicKey]);
  const queue = redisUrl
    ? { REDIS_URL: redisUrl }
    : { QUEUE_DATABASE_URL: ownerUrl('queue', secrets.queue.ownerPassword, place) };
  return {
    ...commonEnvironment(surroundings, service),
    ...queue,
    DATABASE_URL: appUrl(service, own.appPassword, place),
    // Each connection is a process of PostgreSQL; one person's machine has no use for forty.
    KEPT_DATABASE_CONNECTIONS: '4',
    KEPT_PASSPORT_KEYS: own.passportKey,
    KEPT_SIGNING_KEY: own.signingKey,
    KEPT_TRUSTED_KEYS: JSON.stringify(Object.fromEntries(publicKeys)),
    KEPT_ROOT_KEY: own.rootKey,
    ...ownEnvironment(surroundings, service),
  };
}

// Everybody is one address here, and tests and benchmarks are one person who asks as fast as they can. The limits hold all
// the same, a hundred times higher; what one operation may cost stays as it is.
const oneMachineLimits: Environment = {
  KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '600000',
  KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE: '150000',
  KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE: '18000',
  KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: '60000',
  KEPT_LIMIT_CALLER_COST_PER_MINUTE: '6000000',
  KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE: '120000',
  KEPT_LIMIT_ANONYMOUS_COST_PER_MINUTE: '12000000',
  KEPT_LIMIT_ORGANIZATION_COST_PER_MINUTE: '200000000',
  KEPT_LIMIT_EVENT_LOOP_DELAY_MS: '10000',
};

export function gatewayEnvironment(surroundings: Surroundings): Environment {
  const { ports, secrets, certificate } = surroundings;
  const perService = serviceNames.flatMap((service): [string, string][] => [
    [`${service.toUpperCase()}_URL`, `${processUrl(ports[service], certificate)}/graphql`],
    [`KEPT_PASSPORT_KEY_${service.toUpperCase()}`, secrets.services[service].passportKey],
  ]);
  return {
    ...commonEnvironment(surroundings, 'gateway'),
    ...Object.fromEntries(perService),
    KEPT_JWKS_URL: `${processUrl(ports.identity, certificate)}/.well-known/jwks.json`,
    KEPT_TOKEN_ISSUER: issuer(surroundings),
    KEPT_ALLOWED_ORIGINS: issuer(surroundings),
    KEPT_DOCUMENTS: surroundings.documents ?? OWN_DOCUMENTS,
    ...given({ KEPT_CLIENTS_FILE: surroundings.clientsFile }),
    KEPT_DEVELOPMENT_PAGES: 'on',
    KEPT_DEFAULT_ORGANIZATION: demoOrganizations[0]?.id ?? '',
    ...oneMachineLimits,
  };
}

import {
  checkServiceSettings,
  readConfig,
  serviceSettings,
  setting,
  withSecretFiles,
} from '@kept/subgraph-kit';
import { z } from 'zod';
import { isLoopback } from './processor/stripe-client.ts';

const settings = serviceSettings
  .extend({
    KEPT_PORT: setting.port.default(4103),
    // How often the books are held against the processor; once a day in full.
    KEPT_RECONCILE_SECONDS: z.coerce.number().int().min(10).max(86_400).default(3_600),
    STRIPE_API_KEY: z
      .string()
      .regex(/^(sk|rk)_(test|live)_\w{4,}$/, 'must be a secret or restricted key of Stripe'),
    STRIPE_API_BASE: setting.url.optional(),
    STRIPE_AUTHORITIES: z
      .string()
      .regex(/-----BEGIN CERTIFICATE-----/, 'must be certificates of authorities in PEM')
      .optional(),
    // The register of processors (PAY-07): nobody's card goes to a company without a contract and a valid attestation.
    STRIPE_PROCESSING_AGREEMENT: z.string().min(3).max(200).optional(),
    STRIPE_PCI_ATTESTATION_UNTIL: z.iso.date().optional(),
    KEPT_PAYMENT_RETURN_ORIGINS: z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ''),
      )
      .pipe(z.array(z.string().refine(isOrigin, 'must be https://…, or http on this machine, and no path'))),
    STRIPE_WEBHOOK_SECRETS: z
      .string()
      .transform((text) => text.split(',').map((secret) => secret.trim()))
      .pipe(z.array(z.string().regex(/^whsec_\S{8,}$/, 'must be whsec_…[,whsec_…]')).min(1)),
  })
  .superRefine((given, context) => {
    checkServiceSettings(given, context);
    const { STRIPE_API_BASE: base, STRIPE_API_KEY: key } = given;
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (given.KEPT_TRUSTED_KEYS['scheduling'] === undefined) {
      refuse('KEPT_TRUSTED_KEYS', 'must name the key of scheduling, which signs quotes');
    }
    for (const [name, message] of registerProblems(given, new Date())) refuse(name, message);
    if (base === undefined) return;
    const { protocol, hostname } = new URL(base);
    if (protocol !== 'https:' && !isLoopback(hostname)) {
      refuse('STRIPE_API_BASE', 'must be https, or http on this machine only');
    }
    if (key.includes('_live_')) refuse('STRIPE_API_KEY', 'is a live key, which only goes to Stripe itself');
  });

/**
 * A live key moves real money of real people: not without the contract about their data (GDPR Article 28) and not on an
 * attestation of PCI DSS that has run out (PCI DSS 12.8.4). A test key, or the simulator, needs neither.
 */
function registerProblems(
  given: {
    STRIPE_API_KEY: string;
    STRIPE_PROCESSING_AGREEMENT?: string | undefined;
    STRIPE_PCI_ATTESTATION_UNTIL?: string | undefined;
  },
  now: Date,
): [string, string][] {
  if (!given.STRIPE_API_KEY.includes('_live_')) return [];
  const { STRIPE_PROCESSING_AGREEMENT: agreement, STRIPE_PCI_ATTESTATION_UNTIL: until } = given;
  const problems: [string, string][] = [];
  if (agreement === undefined) {
    problems.push([
      'STRIPE_PROCESSING_AGREEMENT',
      'must name the agreement on data processing before a live key is used',
    ]);
  }
  if (until === undefined) {
    problems.push([
      'STRIPE_PCI_ATTESTATION_UNTIL',
      "must say until when the processor's attestation of PCI DSS is valid",
    ]);
  } else if (now.toISOString().slice(0, 10) > until) {
    problems.push([
      'STRIPE_PCI_ATTESTATION_UNTIL',
      `lies in the past: ask the processor for its new attestation of compliance before a live key is used again`,
    ]);
  }
  return problems;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.origin !== text) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** What payments reads from its environment. */
export type PaymentsConfig = z.infer<typeof settings>;

/** Reads the settings; throws one error that names everything that is missing or wrong. */
export const readPaymentsConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): PaymentsConfig => readConfig(settings, withSecretFiles(env));

/** Read before everything else, so that there is a log to say what is wrong with the rest. */
export const logLevel = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  env['KEPT_LOG_LEVEL'] ?? 'info';

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
    STRIPE_API_KEY: z
      .string()
      .regex(/^(sk|rk)_(test|live)_\w{4,}$/, 'must be a secret or restricted key of Stripe'),
    STRIPE_API_BASE: setting.url.optional(),
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
    if (base === undefined) return;
    const { protocol, hostname } = new URL(base);
    if (protocol !== 'https:' && !isLoopback(hostname)) {
      refuse('STRIPE_API_BASE', 'must be https, or http on this machine only');
    }
    if (key.includes('_live_')) refuse('STRIPE_API_KEY', 'is a live key, which only goes to Stripe itself');
  });

/** What payments reads from its environment. */
export type PaymentsConfig = z.infer<typeof settings>;

/** Reads the settings; throws one error that names everything that is missing or wrong. */
export const readPaymentsConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): PaymentsConfig => readConfig(settings, withSecretFiles(env));

/** Read before everything else, so that there is a log to say what is wrong with the rest. */
export const logLevel = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  env['KEPT_LOG_LEVEL'] ?? 'info';

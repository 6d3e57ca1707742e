import { checkEncryption, readConfig, setting, withSecretFiles } from '@kept/subgraph-kit';
import { z } from 'zod';
import { accessRecordSettings } from './access-records/settings.ts';
import { authorizationRefusals, authorizationSettings } from './authorize/settings.ts';
import { clientSettings } from './clients/settings.ts';
import { DOCUMENTS_NEEDED, documentSettings } from './documents/settings.ts';
import { edgeSettings } from './edge/settings.ts';
import { executorSettings } from './compiled/settings.ts';
import { fetchSettings } from './fetch/settings.ts';
import { telemetrySettings } from './telemetry/settings.ts';
import { liveSettings } from './live/settings.ts';
import { limitSettings } from './limits/settings.ts';
import { networkSettings } from './network/settings.ts';

const origins = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .pipe(
    z.array(
      z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
        message: 'must be exact origins such as https://app.example, separated by commas',
      }),
    ),
  );

// Every other machine that the gateway may speak to.
const REACHED = [
  'IDENTITY_URL',
  'SCHEDULING_URL',
  'PAYMENTS_URL',
  'COMPLIANCE_URL',
  'KEPT_JWKS_URL',
  'REDIS_URL',
];

const shape = z
  .object({
    NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
    KEPT_HOST: z.string().default('127.0.0.1'),
    KEPT_PORT: setting.port.default(4000),
    IDENTITY_URL: setting.url,
    SCHEDULING_URL: setting.url,
    PAYMENTS_URL: setting.url,
    COMPLIANCE_URL: setting.url,
    KEPT_JWKS_URL: setting.url,
    KEPT_TOKEN_ISSUER: setting.url,
    KEPT_GRAPHQL_URL: setting.url.optional(),
    KEPT_PASSPORT_KEY_IDENTITY: setting.passportKeys,
    KEPT_PASSPORT_KEY_SCHEDULING: setting.passportKeys,
    KEPT_PASSPORT_KEY_PAYMENTS: setting.passportKeys,
    KEPT_PASSPORT_KEY_COMPLIANCE: setting.passportKeys,
    KEPT_ALLOWED_ORIGINS: origins,
    KEPT_DEVELOPMENT_PAGES: z.stringbool().default(false),
    KEPT_DEFAULT_ORGANIZATION: z.uuid().optional(),
    ...accessRecordSettings,
    ...authorizationSettings,
    ...clientSettings,
    ...documentSettings,
    ...edgeSettings,
    ...executorSettings,
    ...fetchSettings,
    ...telemetrySettings,
    ...liveSettings,
    ...limitSettings,
    ...networkSettings,
    REDIS_URL: setting.url.optional(),
    KEPT_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
    KEPT_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    KEPT_CLOCK_OFFSET_FILE: z.string().optional(),
  })
  .superRefine((settings, context) => {
    checkEncryption(settings, REACHED, context);
    if (settings.NODE_ENV !== 'production') return;
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (!settings.KEPT_DOCUMENTS) refuse('KEPT_DOCUMENTS', DOCUMENTS_NEEDED);
    for (const [setting, reason] of Object.entries(authorizationRefusals(settings))) refuse(setting, reason);
    if (settings.KEPT_CLOCK_OFFSET_FILE)
      refuse('KEPT_CLOCK_OFFSET_FILE', 'moves the clock and is refused in production');
    if (settings.KEPT_DEVELOPMENT_PAGES) {
      refuse('KEPT_DEVELOPMENT_PAGES', 'shows the whole schema to everybody and is refused in production');
    }
  });

export type GatewayConfig = z.infer<typeof shape>;

/** The gateway's settings. Throws one error that names every problem. */
export const readGatewayConfig = (env: NodeJS.ProcessEnv = process.env): GatewayConfig =>
  readConfig(shape, withSecretFiles(env));

/**
 * @apollo/gateway 2.14 reports to its vendor once an hour unless this variable is set before it is made (its
 * `createDataCollectionExporter`). Nothing of ours calls anybody who was not configured.
 */
export function forbidVendorTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}

import {
  checkServiceSettings,
  readConfig,
  serviceSettings,
  setting,
  withSecretFiles,
} from '@kept/subgraph-kit';
import { z } from 'zod';
import { mustEncryptMail, problemOfMailAddress } from './messages/smtp-transport.ts';
import { problemsOfSms, smsSettings } from './sms/settings.ts';
import { tokenKeySettings } from './keys/token-keys.ts';
import { passkeySettings } from './factors/passkeys/relying-party.ts';
import { passwordSettings } from './passwords/settings.ts';
import { addressBookSettings } from './risk/settings.ts';

const settings = serviceSettings
  .extend({
    KEPT_PORT: setting.port.default(4101),
    ...tokenKeySettings,
    KEPT_TOKEN_ISSUER: setting.url,
    ...passwordSettings,
    ...passkeySettings,
    SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be smtp://… or smtps://…' }),
    MAIL_FROM: z
      .string()
      .regex(/^[^\r\n]{3,200}$/, 'must be an address, such as Kept <no-reply@example.org>'),
    KEPT_PUBLIC_URL: setting.url,
    // Shorter than the limit of their role, never longer.
    KEPT_STAFF_IDLE_MINUTES: z.coerce.number().int().min(1).max(15).default(15),
    KEPT_LINK_PRIVATE_KEYS: setting.openingKeys.optional(),
    ...smsSettings,
    ...addressBookSettings,
  })
  .superRefine(checkServiceSettings)
  .superRefine((read, context) => {
    const problem = mustEncryptMail(read) ? problemOfMailAddress(read.SMTP_URL) : undefined;
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['SMTP_URL'], message: problem });
    for (const { path, message } of problemsOfSms(read))
      context.addIssue({ code: 'custom', path: [path], message });
  });

/** What identity reads from its environment. */
export type IdentityConfig = z.infer<typeof settings>;

/** Reads the settings; throws one error that names everything that is missing or wrong. */
export const readIdentityConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): IdentityConfig => readConfig(settings, withSecretFiles(env));

// Isolating needs identity's database and nothing else: it must work while everything else is down.
const controlSettings = z.object({
  DATABASE_URL: setting.url,
  KEPT_CLOCK_OFFSET_FILE: z.string().optional(),
});

/** Reads the settings of the command `control`. */
export const readControlConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<typeof controlSettings> => readConfig(controlSettings, withSecretFiles(env));

// As they are written: the command writes them again.
const keysSettings = z.object({
  KEPT_TOKEN_KEY: z.string(),
  KEPT_TOKEN_KEYS_SHOWN: z.string().optional(),
  KEPT_TOKEN_KEY_NEXT: z.string().optional(),
});

/** Reads the settings of the command `keys`. */
export const readKeysConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<typeof keysSettings> => readConfig(keysSettings, withSecretFiles(env));

/** Where the demo accounts of `npm start` are written down; read by the seed alone. */
export const demoAccountsFile = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined => env['KEPT_DEMO_ACCOUNTS'];

import { checkOutboundSettings, outboundSettings } from '@kept/outbound';
import { setting } from '@kept/subgraph-kit';
import { z } from 'zod';

/** What identity reads about text messages: all of it, or nothing and there are none. */
export const smsSettings = {
  ...outboundSettings,
  KEPT_SMS_URL: setting.url.optional(),
  KEPT_SMS_ACCOUNT: z
    .string()
    .regex(/^\w{1,64}$/, 'must be the id of the account at the provider')
    .optional(),
  KEPT_SMS_TOKEN: setting.secret.optional(),
  KEPT_SMS_FROM: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{3,11})$/,
      'must be a number such as +15005550006, or a name of 3 to 11 letters',
    )
    .optional(),
};

const NAMES = ['KEPT_SMS_URL', 'KEPT_SMS_ACCOUNT', 'KEPT_SMS_TOKEN', 'KEPT_SMS_FROM'] as const;

type Read = { readonly NODE_ENV: string; readonly KEPT_OUTBOUND_DEVELOPMENT?: 'on' | undefined } & Readonly<
  Partial<Record<(typeof NAMES)[number], string | undefined>>
>;

/** What speaks against these settings, one sentence each. */
export function problemsOfSms(read: Read): { path: string; message: string }[] {
  const given = NAMES.filter((name) => read[name] !== undefined);
  const missing = given.length === 0 ? [] : NAMES.filter((name) => read[name] === undefined);
  return [
    ...missing.map((path) => ({ path, message: 'is needed where the other KEPT_SMS_ settings are' })),
    ...checkOutboundSettings(read, { KEPT_SMS_URL: read.KEPT_SMS_URL }),
  ];
}

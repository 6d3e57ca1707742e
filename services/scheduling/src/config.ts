import { readPublicKey } from '@kept/events';
import { checkOutboundSettings, outboundSettings } from '@kept/outbound';
import {
  checkServiceSettings,
  readConfig,
  serviceSettings,
  setting,
  withSecretFiles,
} from '@kept/subgraph-kit';
import { z } from 'zod';
import { WORK_AT_REST } from './requests/difficulty.ts';

/** Half of what manage links need is a mistake: people would be told of links that lead nowhere. */
function checkLinkSettings(
  given: { KEPT_LINK_PUBLIC_KEY?: unknown; KEPT_PUBLIC_URL?: unknown },
  context: z.RefinementCtx,
): void {
  if (given.KEPT_LINK_PUBLIC_KEY === undefined || given.KEPT_PUBLIC_URL !== undefined) return;
  const message = 'is missing; manage links (KEPT_LINK_PUBLIC_KEY) lead to a page below it';
  context.addIssue({ code: 'custom', path: ['KEPT_PUBLIC_URL'], message });
}

/** Several public keys; a broken one would make honest histories look forged years later, so it stops the start. */
const publicKeys = z.string().transform((text, context) => {
  try {
    return text.split(',').map((key) => readPublicKey(key.trim()));
  } catch {
    const message = 'must be Ed25519 public keys, SPKI DER in base64, separated by commas';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});

const settings = serviceSettings
  .extend({
    KEPT_PORT: setting.port.default(4102),
    KEPT_PAST_SIGNING_KEYS: publicKeys.optional(),
    KEPT_REQUEST_WORK: setting.positive.int('must be a whole number').max(100_000).default(WORK_AT_REST),
    KEPT_PUBLIC_URL: setting.url.optional(),
    KEPT_LINK_PUBLIC_KEY: setting.sealingKey.optional(),
    ...outboundSettings,
  })
  .superRefine(checkServiceSettings)
  .superRefine(checkLinkSettings);

/** What scheduling reads from its environment. */
export type SchedulingConfig = z.infer<typeof settings>;

/** Reads the settings; throws one error that names everything that is missing or wrong. */
export function readSchedulingConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SchedulingConfig {
  const given = withSecretFiles(env);
  const leaving = settings.superRefine((read, context) => {
    for (const { path, message } of checkOutboundSettings(read, given))
      context.addIssue({ code: 'custom', path: [path], message });
  });
  return readConfig(leaving, given);
}

/** The log opens before the settings are read, so that what is wrong with them can be said. */
export function logLevel(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['KEPT_LOG_LEVEL'] ?? 'info';
}

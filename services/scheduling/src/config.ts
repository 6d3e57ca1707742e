import {
  checkServiceSettings,
  readConfig,
  serviceSettings,
  setting,
  withSecretFiles,
} from '@kept/subgraph-kit';
import type { z } from 'zod';

const settings = serviceSettings
  .extend({ KEPT_PORT: setting.port.default(4102) })
  .superRefine(checkServiceSettings);

/** What scheduling reads from its environment. */
export type SchedulingConfig = z.infer<typeof settings>;

/** Reads the settings; throws one error that names everything that is missing or wrong. */
export function readSchedulingConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SchedulingConfig {
  return readConfig(settings, withSecretFiles(env));
}

/** The log opens before the settings are read, so that what is wrong with them can be said. */
export function logLevel(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['KEPT_LOG_LEVEL'] ?? 'info';
}

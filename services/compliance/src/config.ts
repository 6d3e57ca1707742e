import {
  checkServiceSettings,
  readConfig,
  serviceSettings,
  setting,
  withSecretFiles,
} from '@kept/subgraph-kit';
import { z } from 'zod';
import { downloadSettings } from './access-records/settings.ts';

const settings = serviceSettings
  .extend({ KEPT_PORT: setting.port.default(4104), ...downloadSettings })
  .superRefine(checkServiceSettings);

/** What compliance reads from its environment. */
export type ComplianceConfig = z.infer<typeof settings>;

/** Reads the settings; throws one error that names everything that is missing or wrong. */
export const readComplianceConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): ComplianceConfig => readConfig(settings, withSecretFiles(env));

// Checking a log needs its database and the public key, and nothing that could change either.
const auditSettings = z.object({ DATABASE_URL: setting.url, KEPT_TRUSTED_KEYS: setting.trustedKeys });

/** What the command `audit` reads from its environment. */
export type AuditConfig = z.infer<typeof auditSettings>;

/** Reads the settings of the command `audit`. */
export const readAuditConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): AuditConfig => readConfig(auditSettings, withSecretFiles(env));

import { setting } from '@kept/subgraph-kit';
import { z } from 'zod';
import type { Pepper } from './hash-password.ts';

const SENTENCE = 'must be version:base64[,version:base64], whole numbers and at least 32 random bytes each';

const olderPeppers = z.string().transform((text, context): readonly Pepper[] => {
  const peppers = text.split(',').map((part) => {
    const [version = '', secret = ''] = part.trim().split(':', 2);
    return { version: Number(version), secret: Buffer.from(secret, 'base64') };
  });
  if (peppers.some(({ version, secret }) => !Number.isInteger(version) || version < 1 || secret.length < 32))
    context.addIssue({ code: 'custom', message: SENTENCE });
  return peppers;
});

const versions = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'must be versions, such as 1,2')
  .transform((text): readonly number[] => text.split(',').map(Number));

/** What identity reads about passwords. */
export const passwordSettings = {
  KEPT_PASSWORD_PEPPER: setting.key32,
  KEPT_PASSWORD_PEPPER_VERSION: setting.positive.int('must be a whole number').default(1),
  KEPT_PASSWORD_PEPPERS_OLDER: olderPeppers.optional(),
  // Versions whose secret is gone for good: whoever has such a password chooses another one by mail.
  KEPT_PASSWORD_PEPPERS_LOST: versions.optional(),
  // Read by libuv too, at the start of the process; here it is how many hashes are made at once at most, in theirs.
  UV_THREADPOOL_SIZE: setting.positive.int('must be a whole number').optional(),
  KEPT_BREACHED_PASSWORDS_FILE: z.string().min(1).optional(),
  KEPT_BREACHED_PASSWORDS_URL: setting.url.optional(),
};

/** Every pepper there is, the newest first. Throws when two have the same version. */
export function peppersOf(config: {
  KEPT_PASSWORD_PEPPER: Buffer;
  KEPT_PASSWORD_PEPPER_VERSION?: number | undefined;
  KEPT_PASSWORD_PEPPERS_OLDER?: readonly Pepper[] | undefined;
}): readonly [Pepper, ...Pepper[]] {
  const newest = { version: config.KEPT_PASSWORD_PEPPER_VERSION ?? 1, secret: config.KEPT_PASSWORD_PEPPER };
  const older = config.KEPT_PASSWORD_PEPPERS_OLDER ?? [];
  const versions = [newest, ...older].map(({ version }) => version);
  if (new Set(versions).size < versions.length)
    throw new Error(
      'KEPT_PASSWORD_PEPPERS_OLDER names a version twice, or that of KEPT_PASSWORD_PEPPER_VERSION.',
    );
  return [newest, ...older];
}

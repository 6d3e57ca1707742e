import type { Database } from '@kept/database';

/**
 * Refuses to start while there are passwords whose pepper is not among the settings: each of their owners would be told
 * that the right password is wrong. `lost` are versions that the operator has given up.
 */
export async function requirePeppers(
  database: Pick<Database, 'forEachOrganization'>,
  versions: { readonly known: readonly number[]; readonly lost?: readonly number[] | undefined },
): Promise<void> {
  const missing = new Map<number, number>();
  await database.forEachOrganization('require-peppers', async (tx) => {
    const rows = await tx.query<{ version: number; passwords: number }>(
      `SELECT pepper_version AS version, count(*)::int AS passwords FROM password_credential
       WHERE NOT pepper_version = ANY ($1::int[]) GROUP BY pepper_version`,
      [[...versions.known, ...(versions.lost ?? [])]],
    );
    for (const { version, passwords } of rows) missing.set(version, (missing.get(version) ?? 0) + passwords);
  });
  if (missing.size === 0) return;
  const which = [...missing].map(([version, passwords]) => `${version} (${passwords} passwords)`).join(', ');
  throw new Error(
    `There is no pepper of version ${which}. Add it to KEPT_PASSWORD_PEPPERS_OLDER as version:base64, or, when it is lost, ` +
      'name its version in KEPT_PASSWORD_PEPPERS_LOST: the people concerned then choose another password by mail.',
  );
}

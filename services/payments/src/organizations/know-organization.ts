import type { Transaction } from '@kept/database';

/** Events may overtake each other, and calls may overtake events: whichever comes first brings the organization's id. */
export async function knowOrganization(tx: Transaction): Promise<void> {
  await tx.query('INSERT INTO organization (id) VALUES ($1) ON CONFLICT (id) DO NOTHING', [
    tx.organizationId,
  ]);
}

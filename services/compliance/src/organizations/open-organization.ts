import type { Transaction } from '@kept/database';

/** Lets administrative jobs find the organization. */
export async function openOrganization(tx: Transaction, organizationId: string): Promise<void> {
  await tx.query('INSERT INTO organization (id) VALUES ($1) ON CONFLICT (id) DO NOTHING', [organizationId]);
}

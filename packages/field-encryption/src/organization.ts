import type { Transaction } from '@kept/database';

/** Keys belong to organizations; a transaction without one has no business with sealed values. */
export function organizationOf(tx: Transaction): string {
  if (tx.organizationId === null)
    throw new Error('Sealed values can be reached only in a transaction that has its organization set.');
  return tx.organizationId;
}

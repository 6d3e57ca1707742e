import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import type { Origin } from '../processor/payment-processor.ts';

/**
 * A page, by the organization that its metadata names. Without our metadata it was made elsewhere; an organization that is
 * not known here lives in another cell on the same account. Neither is touched.
 */
export async function byOrganization<Facts extends { origin: Origin | null }>(
  payments: Payments,
  page: readonly Facts[],
): Promise<Map<string, Facts[]>> {
  const groups = new Map<string, Facts[]>();
  for (const facts of page) {
    const organizationId = facts.origin?.organizationId;
    if (organizationId === undefined) continue;
    groups.set(organizationId, [...(groups.get(organizationId) ?? []), facts]);
  }
  const known = await payments.database.infrastructure('reconcile-payments', (tx) =>
    tx.query<{ id: string }>('SELECT id FROM organization WHERE id = ANY($1::uuid[])', [[...groups.keys()]]),
  );
  const ids = new Set(known.map(({ id }) => id));
  return new Map([...groups].filter(([id]) => ids.has(id)));
}

/** Remembers that the processor has these operations, so that the others are those it may lack. */
export async function markFound(
  tx: Transaction,
  { opIds, now }: { opIds: readonly string[]; now: Date },
): Promise<void> {
  await tx.query(
    `INSERT INTO reconciled_op (op_id, organization_id, reconciled_at)
     SELECT id, organization_id, $2 FROM payment_op WHERE id = ANY($1::uuid[])
     ON CONFLICT (op_id) DO UPDATE SET reconciled_at = excluded.reconciled_at`,
    [opIds, now],
  );
}

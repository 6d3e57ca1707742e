import type { Transaction } from '@kept/database';

/**
 * Puts what was just read in the place of what was there, for one connection, together: nobody sees half of each. The
 * connection's row is locked by whoever calls, so two readings follow each other.
 */
export async function replaceBusy(
  tx: Transaction,
  { id, providerId, busy }: { id: string; providerId: string; busy: readonly number[] },
): Promise<void> {
  await tx.query('DELETE FROM busy_block WHERE connection_id = $1', [id]);
  const starts = busy.filter((_minute, index) => index % 2 === 0);
  const ends = busy.filter((_minute, index) => index % 2 === 1);
  await tx.query(
    `INSERT INTO busy_block (organization_id, provider_id, connection_id, starts_at, ends_at)
     SELECT $1, $2, $3, to_timestamp(b.start_minute::bigint * 60), to_timestamp(b.end_minute::bigint * 60)
     FROM unnest($4::int[], $5::int[]) AS b (start_minute, end_minute)`,
    [tx.organizationId, providerId, id, starts, ends],
  );
}

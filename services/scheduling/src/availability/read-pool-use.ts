import type { Transaction } from '@kept/database';
import type { Span, Spans } from './engine/intervals.ts';

const QUANTUM_MINUTES = 5;
// What ran out and was not purged yet is free here, as it is for whoever claims next. 576 quanta are two days, the longest claim.
const POOL_USE = `
SELECT u.resource_id, u.quantum, (u.used - (
  SELECT COALESCE(sum(c.units), 0) FROM capacity_claim c
  WHERE c.resource_id = u.resource_id AND c.first_quantum > u.quantum - 576 AND c.first_quantum <= u.quantum
    AND c.end_quantum > u.quantum AND c.counted AND c.expires_at <= $4))::int AS used
FROM capacity_use u
WHERE u.resource_id = ANY ($1::uuid[]) AND u.quantum >= $2 AND u.quantum < $3 AND u.used > 0
ORDER BY u.resource_id, u.quantum`;

interface PoolUse {
  readonly resource_id: string;
  readonly quantum: number;
  readonly used: number;
}

/** How many things of pools are in use, by pool and quantum of five minutes: one query for all. */
export async function readPoolUse(
  tx: Transaction,
  poolIds: readonly string[],
  { range, now }: { range: Span; now: Date },
): Promise<readonly PoolUse[]> {
  if (poolIds.length === 0) return [];
  return tx.query<PoolUse>(POOL_USE, [
    poolIds,
    Math.floor(range.start / QUANTUM_MINUTES),
    Math.ceil(range.end / QUANTUM_MINUTES),
    now,
  ]);
}

/** When a pool has not as many things left as are wanted, as flat pairs of epoch minutes. */
export function busyOfPool(
  use: readonly PoolUse[],
  wanted: { poolId: string; capacity: number; units: number; range: Span },
): Spans {
  if (wanted.units > wanted.capacity) return [wanted.range.start, wanted.range.end];
  return use
    .filter((row) => row.resource_id === wanted.poolId && row.used + wanted.units > wanted.capacity)
    .flatMap((row) => [row.quantum * QUANTUM_MINUTES, (row.quantum + 1) * QUANTUM_MINUTES]);
}

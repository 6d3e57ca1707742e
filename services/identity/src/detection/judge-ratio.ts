import type { Transaction } from '@kept/database';
import { isUnusualRatio, RATIO, WINDOW_MS } from './detectors.ts';

/** How much of what is new counts in the baseline: after about twenty windows the old is forgotten. */
const WEIGHT = 0.1;

/**
 * Compares the organization's share of failures with its own usual one (B5). The first failure of a window measures the
 * window before it into the baseline, unless an attack was going on: that must not become the usual.
 */
export async function judgeRatio(
  { tx, now }: { tx: Transaction; now: Date },
  counted: { failures: number; before: () => Promise<number> },
): Promise<boolean> {
  const windowStart = Math.floor(now.getTime() / WINDOW_MS) * WINDOW_MS;
  if (counted.failures === 1) {
    await measure(tx, {
      from: windowStart - WINDOW_MS,
      until: windowStart,
      failures: await counted.before(),
    });
    return false;
  }
  // Every tenth is soon enough, and one count of sessions for ten failures is cheap enough.
  if (counted.failures < RATIO.failures || counted.failures % 10 !== 0) return false;
  const successes = await countSuccesses(tx, windowStart, now.getTime());
  return isUnusualRatio({ failures: counted.failures, successes }, await readBaseline(tx));
}

async function measure(
  tx: Transaction,
  { from, until, failures }: { from: number; until: number; failures: number },
): Promise<void> {
  const successes = await countSuccesses(tx, from, until);
  if (failures + successes === 0) return;
  if (isUnusualRatio({ failures, successes }, await readBaseline(tx))) return;
  await tx.query(
    `INSERT INTO sign_in_baseline AS b (organization_id, failure_share, windows, measured_until)
     VALUES ($1, $2, 1, $3)
     ON CONFLICT ON CONSTRAINT one_sign_in_baseline_per_organization DO UPDATE SET
       failure_share = b.failure_share * (1 - $4::float8) + $2 * $4::float8,
       windows = b.windows + 1, measured_until = $3
       WHERE b.measured_until < $3`,
    [tx.organizationId, failures / (failures + successes), new Date(until), WEIGHT],
  );
}

async function countSuccesses(tx: Transaction, from: number, until: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM session
     WHERE organization_id = $1 AND created_at >= $2 AND created_at <= $3`,
    [tx.organizationId, new Date(from), new Date(until)],
  );
  return row?.count ?? 0;
}

async function readBaseline(tx: Transaction): Promise<{ share: number; windows: number } | undefined> {
  const [row] = await tx.query<{ share: number; windows: number }>(
    'SELECT failure_share AS share, windows FROM sign_in_baseline WHERE organization_id = $1',
    [tx.organizationId],
  );
  return row;
}

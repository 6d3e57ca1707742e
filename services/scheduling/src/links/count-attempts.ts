import type { Transaction } from '@kept/database';
import type { LinkToken } from './link-token.ts';

const WINDOW_MS = 10 * 60_000;
/** Tries that open nothing, within ten minutes: of tokens that begin alike, and of an organization in all. */
export const FAILURES_OF_BEGINNING_MAX = 10;
export const FAILURES_OF_ORGANIZATION_MAX = 300;
/** Uses of one link within ten minutes. A page needs a handful; who holds the link is its owner as far as anybody can tell. */
export const USES_MAX = 60;

/** What counting a failed try has shown. */
export interface FailureCount {
  /** Whether whoever tries must wait. A token that works is never asked about this, so nobody can lock its owner out. */
  readonly tooMany: boolean;
  /** Whether this very try was the one too many: said once in the audit log. */
  readonly crossed: boolean;
}

/** Counts a token that opened nothing. Old windows are forgotten along the way. */
export async function countFailure(
  tx: Transaction,
  { beginning }: LinkToken,
  now: Date,
): Promise<FailureCount> {
  const start = new Date(Math.floor(now.getTime() / WINDOW_MS) * WINDOW_MS);
  await tx.query('DELETE FROM link_failure WHERE window_start < $1', [
    new Date(start.getTime() - 6 * WINDOW_MS),
  ]);
  const inAll = await count(tx, Buffer.alloc(0), start);
  // Beyond the limit of all, beginnings are not written down: a flood of random tokens must not fill a table.
  const alike = inAll > FAILURES_OF_ORGANIZATION_MAX ? 0 : await count(tx, beginning, start);
  return {
    tooMany: inAll > FAILURES_OF_ORGANIZATION_MAX || alike > FAILURES_OF_BEGINNING_MAX,
    crossed: inAll === FAILURES_OF_ORGANIZATION_MAX + 1 || alike === FAILURES_OF_BEGINNING_MAX + 1,
  };
}

async function count(tx: Transaction, beginning: Buffer, start: Date): Promise<number> {
  const [row] = await tx.query<{ failures: number }>(
    `INSERT INTO link_failure (organization_id, beginning, window_start, failures)
     SELECT id, $2, $3, 1 FROM organization WHERE id = $1
     ON CONFLICT ON CONSTRAINT one_count_per_beginning_and_window DO UPDATE SET failures = link_failure.failures + 1
     RETURNING failures`,
    [tx.organizationId, beginning, start],
  );
  return row?.failures ?? 0;
}

/** Counts a use of a link that works; false when it was used more than anybody needs to. */
export async function countUse(tx: Transaction, linkId: string, now: Date): Promise<boolean> {
  const start = new Date(Math.floor(now.getTime() / WINDOW_MS) * WINDOW_MS);
  const [row] = await tx.query<{ window_uses: number }>(
    `UPDATE manage_link SET use_count = use_count + 1, window_start = $2,
       window_uses = CASE WHEN window_start = $2 THEN window_uses + 1 ELSE 1 END
     WHERE id = $1 RETURNING window_uses`,
    [linkId, start],
  );
  return (row?.window_uses ?? 0) <= USES_MAX;
}

/** Until the window ends. */
export const retryAfterSeconds = (now: Date): number =>
  Math.ceil((WINDOW_MS - (now.getTime() % WINDOW_MS)) / 1000);

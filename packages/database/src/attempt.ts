import type { Transaction } from './transaction.ts';

/**
 * Does work that may fail without ending the transaction around it: within a savepoint. What it throws undoes everything
 * it did, locks included, and is thrown on; hints of work that was undone are never given.
 */
export async function attempt<T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const hints: (() => void)[] = [];
  // The same name may be nested: PostgreSQL always means the innermost (its manual, SAVEPOINT).
  await tx.query('SAVEPOINT kept_attempt');
  let result: T;
  try {
    result = await work({ ...tx, afterCommit: (hint) => void hints.push(hint) });
  } catch (error) {
    // When even this fails the connection is gone, and the transaction with it; the first reason is the one to know.
    await tx.query('ROLLBACK TO SAVEPOINT kept_attempt').catch(() => undefined);
    await tx.query('RELEASE SAVEPOINT kept_attempt').catch(() => undefined);
    throw error;
  }
  await tx.query('RELEASE SAVEPOINT kept_attempt');
  for (const hint of hints) tx.afterCommit(hint);
  return result;
}

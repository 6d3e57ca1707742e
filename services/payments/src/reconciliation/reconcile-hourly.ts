import type { Payments } from '../context.ts';
import { checkBooks } from './check-books.ts';
import { reconcile } from './reconcile.ts';
import { isFullRunDue } from './run.ts';

/** Once a day everything that there is, else what is new; then the books against themselves. */
export async function reconcileHourly(payments: Payments, signal?: AbortSignal): Promise<void> {
  await checkBooks(payments);
  await reconcile(payments, (await isFullRunDue(payments)) ? 'FULL' : 'WINDOW', signal);
}

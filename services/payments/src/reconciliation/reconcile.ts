import type { Payments } from '../context.ts';
import type { Outcome, Page, PageRequest } from '../processor/payment-processor.ts';
import { bookPayouts } from './book-payouts.ts';
import { compareDisputes } from './compare-disputes.ts';
import { compareIntents } from './compare-intents.ts';
import { compareRefunds } from './compare-refunds.ts';
import { findMissing } from './find-missing.ts';
import { giveBack, reach, takeRun, type Run, type Scope } from './run.ts';
import { add, nothing, type Tally } from './tally.ts';

const PAGE = 100;

/**
 * Holds the processor's own lists against the books, page by page, so that it takes the same memory for ten payments and
 * for ten million. Null: another process is at it. What a run could not finish, the next one goes on with.
 */
export async function reconcile(
  payments: Payments,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Tally | null> {
  const run = await takeRun(payments, scope);
  if (run === null) return null;
  const sum = nothing();
  try {
    while (run.reached < run.periodTo) {
      const until = new Date(Math.min(run.periodTo.getTime(), run.reached.getTime() + run.stretchMs));
      const tally = await reconcileStretch(payments, run, { until, signal });
      await reach(payments, run, { until, tally });
      add(sum, tally);
    }
  } catch (error) {
    await giveBack(payments, run);
    throw error;
  }
  payments.log.info({ scope, ...sum }, 'the books were held against the payment processor');
  return sum;
}

async function reconcileStretch(
  payments: Payments,
  { reached: from, startedAt }: Run,
  { until: to, signal }: { until: Date; signal: AbortSignal | undefined },
): Promise<Tally> {
  const { processor } = payments;
  const tally = nothing();
  const each = async <Item>(
    list: (request: PageRequest) => Promise<Outcome<Page<Item>>>,
    work: (items: Item[]) => Promise<Tally | undefined>,
  ) => {
    let cursor: string | null = null;
    do {
      signal?.throwIfAborted();
      const page: Outcome<Page<Item>> = await list({
        createdAfter: from,
        createdBefore: to,
        cursor,
        limit: PAGE,
      });
      if (page.kind !== 'DONE') throw new Error('the payment processor did not show its list');
      const part = await work(page.value.items);
      if (part !== undefined) add(tally, part);
      ({ cursor } = page.value);
    } while (cursor !== null);
  };
  await each(processor.listIntents, (items) => compareIntents(payments, items));
  await each(processor.listRefunds, (items) => compareRefunds(payments, items));
  await each(processor.listDisputes, (items) => compareDisputes(payments, items));
  await each(processor.listBalanceTransactions, async (items) => {
    await bookPayouts(payments, items);
    return undefined;
  });
  add(tally, await findMissing(payments, { from, to, startedAt }));
  return tally;
}

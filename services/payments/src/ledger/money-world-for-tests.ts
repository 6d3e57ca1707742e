/** One client and one appointment, for the test of any sequence: what is asked, what the bank does, and how things stand. */
import type { Caller } from '@kept/passport';
import { eventually } from '@kept/testing';
import { within } from '../faults/scenes-for-tests.ts';
import { organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { agree } from '../payments/life-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';
import { sweep } from '../sweeping/sweep.ts';
import { atProcessor, balancesOf, brokenInvariants } from './invariants-for-tests.ts';
import { booksOf, fresh, linesOf, NO_SHOW_FEE, type Model } from './money-model-for-tests.ts';

/** One client, one appointment, and the service it is with. */
export interface Real {
  test: UnderTest;
  client: Caller;
  organizationId: string;
  quote: Quote;
  openedAt: Date;
  startsAt: string;
}

export const HOUR_MS = 3_600_000;
/** Everything that is due of it is done. */
export const look = ({ test, organizationId }: Real): Promise<void> =>
  sweep(within(test.payments, organizationId));

export const rowsOf = ({ test, organizationId }: Real) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string; purpose: string; line: string }>(
      `SELECT id, purpose, concat_ws(' ', purpose, status, captured_minor, refunded_minor, refund_pending_minor, disputed_minor)
       AS line FROM payment`,
    ),
  );

/** Every payment and every account stands where the model says, and the processor agrees. */
export async function check(model: Readonly<Model>, real: Real): Promise<void> {
  const { test } = real;
  await eventually(async () => {
    // Far less than any deadline of a payment: only what waits for its next look is due.
    test.clock.advance(1_000);
    await look(real);
    const lines = (await rowsOf(real)).map(({ line }) => line);
    expect(lines.toSorted()).toEqual(linesOf(model).toSorted());
    const balances = Object.entries(await balancesOf(test, real.organizationId));
    expect(Object.fromEntries(balances.filter(([, amount]) => amount !== 0))).toEqual(booksOf(model));
    return true;
  });
  expect(await brokenInvariants(test, real.organizationId, real.openedAt)).toEqual([]);
}

/** How the processor tells of what happens there. */
export const HOW = ['once', 'webhook_duplicate', 'webhook_reorder'] as const;
export type How = (typeof HOW)[number];

export async function toldSo<Answer>({ test }: Real, how: How, work: () => Promise<Answer>): Promise<Answer> {
  if (how !== 'once') await test.order({ kind: how, times: 4 });
  const answer = await work();
  if (how !== 'once') await test.callOff();
  return answer;
}

/** What cardholders and banks do with a payment. */
export async function atBank(
  real: Real,
  purpose: string,
  asked: { path: string; form?: string },
): Promise<string> {
  const { test } = real;
  const id = (await rowsOf(real)).find((row) => row.purpose === purpose.toUpperCase())?.id;
  const { intents } = await atProcessor(test, real.organizationId, real.openedAt);
  const intent = intents.find(({ metadata }) => metadata.payment_id === id)?.id;
  const path = `/simulator/payment_intents/${intent}/${asked.path}`;
  return (await test.atProcessor<{ id: string }>(path, asked.form ?? '')).id;
}

/** A client with a card, who agreed to what not coming costs; the appointment is in twelve hours. */
export async function begin(test: UnderTest): Promise<{ model: Model; real: Real }> {
  const client = await test.newClient();
  const now = test.clock().getTime();
  const paymentMethodId = await test.addCard(client);
  const quote = test.quoteFor(client, { expiresAt: new Date(now + HOUR_MS).toISOString() });
  await agree(
    test,
    { client, paymentMethodId, quote },
    { covers: ['NO_SHOW_FEE'], maxAmountMinor: NO_SHOW_FEE },
  );
  const organizationId = organizationOf(client);
  const startsAt = new Date(now + 12 * HOUR_MS).toISOString();
  return { model: fresh(), real: { test, client, organizationId, quote, openedAt: new Date(now), startsAt } };
}

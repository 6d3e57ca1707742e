import { randomUUID } from 'node:crypto';
import { entriesOf, postTransaction } from '../ledger/post-transaction.ts';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';
import type { PayoutLine } from '../processor/payment-processor.ts';
import { subjectOf } from './incidents.ts';
import { MINUTE, scenesOf } from './scenes-for-tests.ts';
import { sharesOfPayout } from './shares-of-payout.ts';

// A payout is one sum for the whole account. Whose money it was is what its lines say; a guess would look as exact.
let test: UnderTest;
let scenes: ReturnType<typeof scenesOf>;
beforeAll(async () => {
  test = await openPaymentsForTests();
  scenes = scenesOf(test);
});
afterAll(() => test.stop());

interface Payout {
  id: string;
  amount: number;
}
const payOut = () => test.atProcessor<Payout>('/simulator/payouts', 'currency=eur');
/** What is still owed by the processor, and what the bank has; one row for each payout that was booked. */
const books = async (organizationId: string) => {
  const [sums] = await scenes.rows<{ owed: number; bank: number; payouts: number }>(
    organizationId,
    `SELECT coalesce(sum(e.amount_minor) FILTER (WHERE e.account = 'asset:processor_receivable'), 0)::int AS owed,
       coalesce(sum(e.amount_minor) FILTER (WHERE e.account = 'asset:bank'), 0)::int AS bank,
       (SELECT count(*)::int FROM ledger_transaction WHERE kind = 'PAID_OUT') AS payouts
     FROM ledger_entry e`,
  );
  return sums;
};

// The first, while the account has one organization to itself.
it('one made by hand is that of the one organization that has the account to itself', async () => {
  const { organizationId } = await scenes.captured();
  await test.atProcessor('/v1/payouts', 'amount=1000&currency=eur');
  await scenes.run();
  await scenes.run();
  expect(await books(organizationId)).toMatchObject({ bank: 1000, payouts: 1 });
  // A process that died before it wrote down that it is done, and one that was booked before there were shares.
  await test.database.infrastructure('test', (tx) => tx.query('DELETE FROM booked_payout'));
  const earlier = await test.atProcessor<{ balance_transaction: string }>(
    '/v1/payouts',
    'amount=500&currency=eur',
  );
  await test.database.transaction(organizationId, (tx) =>
    postTransaction(tx, {
      payment: { id: null, organizationId, currency: 'EUR' },
      causeId: subjectOf('payout', earlier.balance_transaction),
      kind: 'PAID_OUT',
      entries: entriesOf.paidOut(500n),
      at: test.clock(),
    }),
  );
  await scenes.run();
  expect(await books(organizationId)).toMatchObject({ bank: 1500, payouts: 2 });
  await payOut();
  await scenes.run();
});

it('[PAY-05] a payout of several organizations is booked to each by its own lines, once, and adds up', async () => {
  const one = await scenes.captured();
  const other = await scenes.captured();
  // Past us, and all the same of that organization: a refund from the dashboard, and somebody else's charge.
  await scenes.unheard('/v1/refunds', { payment_intent: other.intentId, amount: '1000' });
  const strangers = await scenes.intentFor(randomUUID(), randomUUID(), await scenes.customerOf(one.intentId));
  await scenes.unheard(`/v1/payment_intents/${strangers.id}/capture`);
  await scenes.run();
  const before = { one: await books(one.organizationId), other: await books(other.organizationId) };
  expect([before.one, before.other].map((sums) => sums?.bank)).toEqual([0, 0]);

  const payout = await payOut();
  for (let time = 0; time < 2; time += 1) await scenes.run();
  // Each has been paid what it was owed; the second less the refund that the books do not have.
  expect(await books(one.organizationId)).toEqual({ owed: 0, bank: before.one?.owed, payouts: 1 });
  const owed = (before.other?.owed ?? 0) - 1000;
  expect(await books(other.organizationId)).toEqual({ owed: 1000, bank: owed, payouts: 1 });
  const fee = 93;
  expect((before.one?.owed ?? 0) + owed + 4500 - fee).toBe(payout.amount);
});

it('[PAY-05] a payout that the bank sends back is taken back, told, and booked again with the next one', async () => {
  const paid = await scenes.captured();
  const { organizationId } = paid;
  await scenes.run();
  const owed = (await books(organizationId))?.owed ?? 0;
  const payout = await payOut();
  await scenes.run();
  expect(await books(organizationId)).toEqual({ owed: 0, bank: owed, payouts: 1 });
  await test.atProcessor(`/simulator/payouts/${payout.id}/fail`, '');
  await scenes.run();
  expect(await books(organizationId)).toEqual({ owed, bank: 0, payouts: 2 });
  const incidents = await scenes.incidentsOf(organizationId);
  expect(incidents).toMatchObject([{ kind: 'PAYOUT_FAILED', theirs: `came back ${owed} EUR` }]);
  await payOut();
  await scenes.run();
  await scenes.run();
  expect(await books(organizationId)).toEqual({ owed: 0, bank: owed, payouts: 3 });
});

it('[PAY-05] one made by hand is nobody’s among several, and one whose lines are not all there waits for them', async () => {
  const { organizationId } = await scenes.captured();
  await scenes.run();
  await test.atProcessor('/v1/payouts', 'amount=100&currency=eur');
  await scenes.run();
  expect(await books(organizationId)).toMatchObject({ bank: 0, payouts: 0 });

  const payout = await payOut();
  const { processor } = test.payments;
  const whole = processor.listPayoutLines.bind(processor);
  // The processor says which lines a payout has a while after it has made it.
  const partly = async (request: Parameters<typeof whole>[0]) => {
    const page = await whole(request);
    if (page.kind !== 'DONE') return page;
    return { ...page, value: { ...page.value, items: page.value.items.slice(0, -1) } };
  };
  processor.listPayoutLines = partly;
  await scenes.run();
  expect(await books(organizationId)).toMatchObject({ payouts: 0 });
  processor.listPayoutLines = whole;
  test.clock.advance(MINUTE);
  await scenes.run();
  expect(await books(organizationId)).toMatchObject({ payouts: 1, owed: 0 });
  expect(payout.amount).toBeGreaterThan(0);
});

it('reads the lines of a payout page by page, and keeps one sum for each organization', async () => {
  const PAGES = 50;
  const organizations = [randomUUID(), randomUUID()];
  const line = (organizationId: string): PayoutLine => ({
    reference: 'txn_line',
    kind: 'CHARGE',
    amountMinor: 100n,
    feeMinor: 10n,
    netMinor: 90n,
    currency: 'EUR',
    sourceReference: 'ch_line',
    createdAt: new Date(0),
    organizationId,
    intentReference: 'pi_line',
  });
  let asked = 0;
  const many = {
    ...test.payments,
    processor: {
      ...test.payments.processor,
      listPayoutLines: ({ limit }: { limit: number }) => {
        asked += 1;
        const items = Array.from({ length: limit }, (_, index) => line(organizations[index % 2] ?? ''));
        const cursor = asked < PAGES ? String(asked) : null;
        return Promise.resolve({ kind: 'DONE' as const, value: { items, cursor } });
      },
    },
  };
  const reading = await sharesOfPayout(many, 'po_many');
  const each = BigInt(PAGES * 50 * 90);
  expect(reading).toEqual({
    kind: 'SHARES',
    totalMinor: each * 2n,
    shares: new Map(organizations.map((id) => [id, each])),
  });
  expect(asked).toBe(PAGES);
});

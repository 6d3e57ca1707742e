import { randomUUID } from 'node:crypto';
import type { Payments } from '../context.ts';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { newsOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { checkOp } from './check-op.ts';
import { performOp } from './perform-op.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

/**
 * The process dies at the n-th step to or from database and processor, with and without trouble on the way; then the
 * janitor runs. Whatever n: the money moved exactly once. A random idempotency key per attempt makes
 * this fail.
 */
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

class Crash extends Error {}

/** The same service, whose process dies at its n-th step; `steps` counts how many there are. */
function dyingAt(crashAt: number): { payments: Payments; steps: () => number } {
  let steps = 0;
  const step = () => {
    steps += 1;
    if (steps >= crashAt) throw new Crash();
  };
  const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    step();
    const result = await work();
    step();
    return result;
  };
  const { database, processor } = test.payments;
  const payments: Payments = {
    ...test.payments,
    database: { ...database, transaction: (id, work) => around(() => database.transaction(id, work)) },
    processor: {
      ...processor,
      authorize: (request) => around(() => processor.authorize(request)),
      capture: (request) => around(() => processor.capture(request)),
      cancel: (request) => around(() => processor.cancel(request)),
      refund: (request) => around(() => processor.refund(request)),
    },
  };
  return { payments, steps: () => steps };
}

/** A payment that is written down and not sent. */
async function begun() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const quote = test.quoteFor(client);
  // Dropped before it arrived: the operation is open, and the processor knows nothing.
  await test.order({ kind: 'drop_before', times: 2, only: '/v1/payment_intents' });
  const { payment } = await test.authorize(client, { quote, paymentMethodId, idempotencyKey: randomUUID() });
  await test.callOff();
  const [op] = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string }>('SELECT id FROM payment_op WHERE payment_id = $1', [payment?.id]),
  );
  return { organizationId, quote, paymentId: payment?.id ?? '', opId: op?.id ?? '' };
}

/** What the sweep does for this organization, twice. */
async function recover(organizationId: string): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    test.clock.advance(6 * 60_000);
    const open = await test.database.transaction(organizationId, (tx) =>
      tx.query<{ id: string }>(
        `SELECT id FROM payment_op WHERE state IN ('REQUESTED', 'UNKNOWN') AND next_check_at <= $1`,
        [test.clock()],
      ),
    );
    for (const { id } of open) await checkOp(test.payments, { organizationId, opId: id });
  }
}

const actor = { kind: 'SERVICE', accountId: null, requestId: 'crash test' } as const;

describe('a process that dies while it authorizes', () => {
  it.each([1, 2, 3, 4, 5, 6].flatMap((n) => ['', 'drop_after'].map((fault) => [n, fault] as const)))(
    'at step %i (%s) leaves exactly one authorization behind once the janitor was there',
    async (crashAt, fault) => {
      await test.order({ kind: 'webhook_lost', times: 99 });
      const { organizationId, opId } = await begun();
      await test.order({ kind: 'webhook_lost', times: 99 });
      if (fault !== '') await test.order({ kind: fault, times: 1, only: '/v1/payment_intents' });
      const { payments } = dyingAt(crashAt);
      await expect(performOp(payments, { organizationId, opId }, actor)).rejects.toThrow(Crash);
      await test.callOff();
      await recover(organizationId);
      const { intents } = await atProcessor(test, organizationId);
      expect(intents.map(({ status }) => status)).toEqual(['requires_capture']);
      expect(await test.published(organizationId, 'payment.authorized')).toHaveLength(1);
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
    },
  );
});

describe('a process that dies while it settles', () => {
  it.each(Array.from({ length: 10 }, (_, index) => index + 1))(
    'at step %i has taken once and given back once when all is done',
    async (crashAt) => {
      await test.order({ kind: 'webhook_lost', times: 999 });
      const { organizationId, quote, paymentId, opId } = await begun();
      await test.order({ kind: 'webhook_lost', times: 999 });
      await performOp(test.payments, { organizationId, opId }, actor);
      await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
      const place = { organizationId, paymentId };
      await survive(settlePayment(dyingAt(crashAt).payments, place));
      await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(100));
      await survive(settlePayment(dyingAt(crashAt).payments, place));
      await recover(organizationId);
      await settlePayment(test.payments, place);
      await recover(organizationId);
      const { intents, refunds } = await atProcessor(test, organizationId);
      const taken = intents.map(({ amount_received: received }) => received);
      // Cancelled before it was taken: released instead, which leaves the client no poorer.
      const back = refunds.map(({ amount }) => amount);
      expect([taken, back]).toEqual(taken[0] === 0 ? [[0], []] : [[4500], [4500]]);
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
    },
  );
});

async function survive(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

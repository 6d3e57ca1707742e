import { randomUUID } from 'node:crypto';
import { eventually } from '@kept/testing';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { newsOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { checkBooks } from './check-books.ts';
import { reconcile } from './reconcile.ts';
import { MINUTE, scenesOf } from './scenes-for-tests.ts';

// What a webhook, an answer and the janitor have all missed is found by holding the processor's lists against the books:
// followed where the books can follow, said loudly where they cannot, and never changed otherwise.
let test: UnderTest;
let scenes: ReturnType<typeof scenesOf>;
beforeAll(async () => {
  test = await openPaymentsForTests();
  scenes = scenesOf(test);
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

describe('books that fit', () => {
  it('are left alone, and nothing is opened or sent', async () => {
    const paid = await scenes.captured();
    const before = await scenes.rows(paid.organizationId, 'SELECT version FROM payment');
    expect(await scenes.run('FULL')).toMatchObject({ repaired: 0, incidents: 0 });
    expect(await scenes.run()).toMatchObject({ repaired: 0, incidents: 0 });
    expect(await scenes.rows(paid.organizationId, 'SELECT version FROM payment')).toEqual(before);
    await checkBooks(test.payments);
    expect(await scenes.incidentsOf(paid.organizationId)).toEqual([]);
    expect(await brokenInvariants(test, paid.organizationId)).toEqual([]);
  });
});

describe('books that are behind', () => {
  it('STATE: follow a capture that nobody heard of, with receipt and ledger, as an answer would have', async () => {
    const { organizationId, intentId } = await scenes.authorized();
    await scenes.unheard(`/v1/payment_intents/${intentId}/capture`);
    expect(await scenes.run()).toMatchObject({ repaired: 1, incidents: 0 });
    expect(await scenes.statusOf(organizationId)).toBe('CAPTURED');
    expect(await test.published(organizationId, 'message.requested')).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('STATE: follow a cancellation, and a refund that failed after it had succeeded', async () => {
    const gone = await scenes.authorized();
    await scenes.unheard(`/v1/payment_intents/${gone.intentId}/cancel`);
    const back = await scenes.captured();
    await test.deliver(back.organizationId, 'booking.cancelled', newsOf(back.quote).cancelled(100));
    await back.settle();
    const [refund] = (await atProcessor(test, back.organizationId)).refunds;
    await test.order({ kind: 'webhook_lost', times: 50 });
    await test.atProcessor(`/simulator/refunds/${refund?.id}/settle`, 'outcome=failure');
    await test.callOff();
    expect(await scenes.run()).toMatchObject({ repaired: 2, incidents: 0 });
    expect(await scenes.statusOf(gone.organizationId)).toBe('AUTH_EXPIRED');
    const [after] = await scenes.rows(back.organizationId, 'SELECT status FROM refund');
    expect(after).toEqual({ status: 'FAILED' });
    for (const { organizationId } of [gone, back])
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('a dispute that nobody heard of', () => {
  it('is written down with its money and its letter, once', async () => {
    await test.order({ kind: 'webhook_lost', times: 50 });
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const paymentMethodId = await test.addCard(client, 'pm_card_createDispute');
    const quote = test.quoteFor(client);
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await scenes.settle(organizationId, payment?.id ?? '');
    await eventually(async () => (await atProcessor(test, organizationId)).disputes.length === 1);
    await test.callOff();
    expect(await scenes.run()).toMatchObject({ repaired: 1, incidents: 0 });
    expect(await scenes.run()).toMatchObject({ repaired: 0, incidents: 0 });
    const told = await test.published(organizationId, 'message.requested');
    expect(told.map(({ template }) => template)).toEqual(['payment-captured', 'payment-disputed']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('what the books cannot follow', () => {
  it('MISSING_LOCAL, ORPHAN_AUTH: voids what no payment knows, and opens an incident for money that was taken', async () => {
    const paid = await scenes.authorized();
    const { organizationId } = paid;
    const customer = await scenes.customerOf(paid.intentId);
    const orphan = await scenes.intentFor(organizationId, randomUUID(), customer);
    const taken = await scenes.intentFor(organizationId, randomUUID(), customer);
    await scenes.unheard(`/v1/payment_intents/${taken.id}/capture`);
    const strangers = await scenes.intentFor(randomUUID(), randomUUID(), customer);
    expect(await scenes.run()).toMatchObject({ repaired: 1, incidents: 1 });
    const state = async (id: string) =>
      (await test.atProcessor<{ status: string }>(`/v1/payment_intents/${id}`)).status;
    expect(await state(orphan.id)).toBe('canceled');
    // Another cell, or another system on the same account: not ours to touch.
    expect(await state(strangers.id)).toBe('requires_capture');
    expect(await scenes.incidentsOf(organizationId)).toEqual([
      { kind: 'MISSING_LOCAL', ours: 'none', theirs: 'SUCCEEDED 4500 EUR', resolution: null },
    ]);
    // The same trouble is one incident, however often it is found.
    expect(await scenes.run('FULL')).toMatchObject({ repaired: 0 });
    expect(await scenes.incidentsOf(organizationId)).toHaveLength(1);
  });

  it('DUP_AUTH: voids the newer of two reservations for one payment, and says so', async () => {
    const paid = await scenes.authorized();
    const second = await scenes.intentFor(
      paid.organizationId,
      paid.paymentId,
      await scenes.customerOf(paid.intentId),
    );
    expect(await scenes.run()).toMatchObject({ incidents: 1 });
    const { intents } = await atProcessor(test, paid.organizationId);
    const states = Object.fromEntries(intents.map(({ id, status }) => [id, status]));
    expect(states).toEqual({ [paid.intentId]: 'requires_capture', [second.id]: 'canceled' });
    expect(await scenes.incidentsOf(paid.organizationId)).toEqual([
      expect.objectContaining({
        kind: 'DUPLICATE_AUTHORIZATION',
        theirs: 'REQUIRES_CAPTURE 4500 EUR voided',
      }),
    ]);
    expect(await brokenInvariants(test, paid.organizationId)).toEqual([]);
  });

  it('REFUND_OUTSIDE: a refund from the dashboard is said, and not booked', async () => {
    const paid = await scenes.captured();
    await scenes.unheard('/v1/refunds', { payment_intent: paid.intentId, amount: '1000' });
    await scenes.run();
    expect(await scenes.incidentsOf(paid.organizationId)).toEqual([
      { kind: 'REFUND_OUTSIDE', ours: 'none', theirs: 'refund SUCCEEDED 1000 EUR', resolution: null },
    ]);
    const [payment] = await scenes.rows(
      paid.organizationId,
      'SELECT refunded_minor::int AS refunded FROM payment',
    );
    expect(payment).toEqual({ refunded: 0 });
  });

  it('MISSING_PSP, AMOUNT, CURRENCY: says what the processor lacks or has otherwise, and closes it when it fits again', async () => {
    const paid = await scenes.captured();
    const { organizationId } = paid;
    // Nothing at the processor brings this about: what its lists and objects say is altered on the way.
    const { processor } = test.payments;
    const altered = (facts: object | null) => {
      const through = { ...processor };
      const alter = <Value extends { reference: string }>(intent: Value): Value =>
        intent.reference === paid.intentId && facts !== null ? { ...intent, ...facts } : intent;
      through.listIntents = async (request) => {
        const page = await processor.listIntents(request);
        if (page.kind !== 'DONE') return page;
        const items = page.value.items.filter(
          ({ reference }) => facts !== null || reference !== paid.intentId,
        );
        return { kind: 'DONE', value: { ...page.value, items: items.map(alter) } };
      };
      through.readIntent = async (reference) => {
        if (facts === null && reference === paid.intentId)
          return { kind: 'REJECTED', code: 'resource_missing' };
        const read = await processor.readIntent(reference);
        return read.kind === 'DONE' ? { kind: 'DONE', value: alter(read.value) } : read;
      };
      if (facts === null) through.findIntentByOp = async () => ({ kind: 'DONE', value: null });
      return { ...test.payments, processor: through };
    };
    const cases = [
      [{ receivedMinor: 4400n }, 'AMOUNT'],
      [{ currency: 'USD' }, 'CURRENCY'],
      [{ status: 'CANCELED' }, 'STATE'],
      [null, 'MISSING_PROCESSOR'],
    ] as const;
    for (const [facts, kind] of cases) {
      test.clock.advance(11 * MINUTE);
      await reconcile(altered(facts), 'WINDOW');
      const open = (await scenes.incidentsOf(organizationId)).filter(({ resolution }) => resolution === null);
      expect(open.map((incident) => incident.kind)).toEqual([kind]);
      await scenes.run('FULL');
      expect(
        (await scenes.incidentsOf(organizationId)).every(({ resolution }) => resolution === 'NO_LONGER_SO'),
      ).toBe(true);
    }
    expect(await scenes.statusOf(organizationId)).toBe('CAPTURED');
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('a run', () => {
  it('is made by one process at a time, and goes on where one that died had come to', async () => {
    const paid = await scenes.authorized();
    await scenes.unheard(`/v1/payment_intents/${paid.intentId}/capture`);
    test.clock.advance(15 * MINUTE);
    const { processor } = test.payments;
    let lists = 0;
    const dying = {
      ...test.payments,
      processor: {
        ...processor,
        listRefunds: (request: Parameters<typeof processor.listRefunds>[0]) => {
          lists += 1;
          if (lists > 2) throw new Error('killed');
          return processor.listRefunds(request);
        },
      },
    };
    await expect(reconcile(dying, 'FULL')).rejects.toThrow('killed');
    const both = await Promise.all([reconcile(test.payments, 'FULL'), reconcile(test.payments, 'FULL')]);
    expect(both.filter((tally) => tally !== null)).toHaveLength(1);
    const runs = await test.database.infrastructure('test', (tx) =>
      tx.query<{ state: string; whole: boolean }>(
        `SELECT state, reached = period_to AS whole FROM reconciliation_run WHERE scope = 'FULL'
         ORDER BY started_at DESC, finished_at DESC LIMIT 1`,
      ),
    );
    expect(runs).toEqual([{ state: 'DONE', whole: true }]);
    expect(await scenes.statusOf(paid.organizationId)).toBe('CAPTURED');
  });

  it('leaves alone what is still on its way', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
    await test.order({ kind: 'webhook_lost', times: 50 });
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    await scenes.run();
    expect(await scenes.statusOf(organizationOf(client))).toBe('AUTHORIZING');
    expect(await scenes.incidentsOf(organizationOf(client))).toEqual([]);
  });
});

import { randomUUID } from 'node:crypto';
import { eventually } from '@kept/testing';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { tellMissing } from '../notices/tell-missing.ts';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { checkBooks } from './check-books.ts';
import { reconcile } from './reconcile.ts';

// What a webhook, an answer and the janitor have all missed is found by holding the processor's lists against the books:
// followed where the books can follow, said loudly where they cannot, and never changed otherwise.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const MINUTE = 60_000;

async function authorized() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  const paymentId = payment?.id ?? '';
  const intentId = (await atProcessor(test, organizationId)).intents[0]?.id ?? '';
  return {
    client,
    organizationId,
    paymentId,
    quote,
    intentId,
    settle: () => settle(organizationId, paymentId),
  };
}

const settle = (organizationId: string, paymentId: string) =>
  settlePayment(test.payments, { organizationId, paymentId });

async function captured() {
  const paid = await authorized();
  await test.deliver(paid.organizationId, 'booking.confirmed', newsOf(paid.quote).confirmed);
  await paid.settle();
  return paid;
}

const rows = <Row>(organizationId: string, sql: string, parameters: unknown[] = []) =>
  test.database.transaction(organizationId, (tx) => tx.query<Row>(sql, parameters));

const incidentsOf = (organizationId: string) =>
  rows<{ kind: string; ours: string; theirs: string; resolution: string | null }>(
    organizationId,
    'SELECT kind, ours, theirs, resolution FROM payment_incident ORDER BY opened_at, kind',
  );

const statusOf = async (organizationId: string) =>
  (await rows<{ status: string }>(organizationId, 'SELECT status FROM payment'))[0]?.status;

const run = async (scope: 'WINDOW' | 'FULL' = 'WINDOW') => {
  test.clock.advance(11 * MINUTE);
  return reconcile(test.payments, scope);
};

/** The processor is told past us, as by somebody at its dashboard, and nobody hears of it. */
async function unheard<Answer = { id: string }>(path: string, form: Record<string, string> = {}) {
  await test.order({ kind: 'webhook_lost', times: 50 });
  const answer = await test.atProcessor<Answer>(path, new URLSearchParams(form).toString());
  await test.callOff();
  return answer;
}

const intentFor = (
  organizationId: string,
  paymentId: string,
  customer: { customer: string; method: string },
) =>
  unheard('/v1/payment_intents', {
    amount: '4500',
    currency: 'eur',
    customer: customer.customer,
    payment_method: customer.method,
    capture_method: 'manual',
    confirm: 'true',
    'automatic_payment_methods[enabled]': 'true',
    'automatic_payment_methods[allow_redirects]': 'never',
    'metadata[organization_id]': organizationId,
    'metadata[payment_id]': paymentId,
    'metadata[payment_op_id]': randomUUID(),
  });

async function customerOf(intentId: string) {
  const intent = await test.atProcessor<{ customer: string; payment_method: string }>(
    `/v1/payment_intents/${intentId}`,
  );
  return { customer: intent.customer, method: intent.payment_method };
}

describe('books that fit', () => {
  it('are left alone, and nothing is opened or sent', async () => {
    const paid = await captured();
    const before = await rows(paid.organizationId, 'SELECT version FROM payment');
    expect(await run('FULL')).toMatchObject({ repaired: 0, incidents: 0 });
    expect(await run()).toMatchObject({ repaired: 0, incidents: 0 });
    expect(await rows(paid.organizationId, 'SELECT version FROM payment')).toEqual(before);
    await checkBooks(test.payments);
    expect(await incidentsOf(paid.organizationId)).toEqual([]);
    expect(await brokenInvariants(test, paid.organizationId)).toEqual([]);
  });
});

describe('books that are behind', () => {
  it('STATE: follow a capture that nobody heard of, with receipt and ledger, as an answer would have', async () => {
    const { organizationId, intentId } = await authorized();
    await unheard(`/v1/payment_intents/${intentId}/capture`);
    expect(await run()).toMatchObject({ repaired: 1, incidents: 0 });
    expect(await statusOf(organizationId)).toBe('CAPTURED');
    expect(await test.published(organizationId, 'message.requested')).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('STATE: follow a cancellation, and a refund that failed after it had succeeded', async () => {
    const gone = await authorized();
    await unheard(`/v1/payment_intents/${gone.intentId}/cancel`);
    const back = await captured();
    await test.deliver(back.organizationId, 'booking.cancelled', newsOf(back.quote).cancelled(100));
    await back.settle();
    const [refund] = (await atProcessor(test, back.organizationId)).refunds;
    await test.order({ kind: 'webhook_lost', times: 50 });
    await test.atProcessor(`/simulator/refunds/${refund?.id}/settle`, 'outcome=failure');
    await test.callOff();
    expect(await run()).toMatchObject({ repaired: 2, incidents: 0 });
    expect(await statusOf(gone.organizationId)).toBe('AUTH_EXPIRED');
    const [after] = await rows(back.organizationId, 'SELECT status FROM refund');
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
    await settle(organizationId, payment?.id ?? '');
    await eventually(async () => (await atProcessor(test, organizationId)).disputes.length === 1);
    await test.callOff();
    expect(await run()).toMatchObject({ repaired: 1, incidents: 0 });
    expect(await run()).toMatchObject({ repaired: 0, incidents: 0 });
    const told = await test.published(organizationId, 'message.requested');
    expect(told.map(({ template }) => template)).toEqual(['payment-captured', 'payment-disputed']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('what the books cannot follow', () => {
  it('MISSING_LOCAL, ORPHAN_AUTH: voids what no payment knows, and opens an incident for money that was taken', async () => {
    const paid = await authorized();
    const { organizationId } = paid;
    const customer = await customerOf(paid.intentId);
    const orphan = await intentFor(organizationId, randomUUID(), customer);
    const taken = await intentFor(organizationId, randomUUID(), customer);
    await unheard(`/v1/payment_intents/${taken.id}/capture`);
    const strangers = await intentFor(randomUUID(), randomUUID(), customer);
    expect(await run()).toMatchObject({ repaired: 1, incidents: 1 });
    const state = async (id: string) =>
      (await test.atProcessor<{ status: string }>(`/v1/payment_intents/${id}`)).status;
    expect(await state(orphan.id)).toBe('canceled');
    // Another cell, or another system on the same account: not ours to touch.
    expect(await state(strangers.id)).toBe('requires_capture');
    expect(await incidentsOf(organizationId)).toEqual([
      { kind: 'MISSING_LOCAL', ours: 'none', theirs: 'SUCCEEDED 4500 EUR', resolution: null },
    ]);
    // The same trouble is one incident, however often it is found.
    expect(await run('FULL')).toMatchObject({ repaired: 0 });
    expect(await incidentsOf(organizationId)).toHaveLength(1);
  });

  it('DUP_AUTH: voids the newer of two reservations for one payment, and says so', async () => {
    const paid = await authorized();
    const second = await intentFor(paid.organizationId, paid.paymentId, await customerOf(paid.intentId));
    expect(await run()).toMatchObject({ incidents: 1 });
    const { intents } = await atProcessor(test, paid.organizationId);
    const states = Object.fromEntries(intents.map(({ id, status }) => [id, status]));
    expect(states).toEqual({ [paid.intentId]: 'requires_capture', [second.id]: 'canceled' });
    expect(await incidentsOf(paid.organizationId)).toEqual([
      expect.objectContaining({
        kind: 'DUPLICATE_AUTHORIZATION',
        theirs: 'REQUIRES_CAPTURE 4500 EUR voided',
      }),
    ]);
    expect(await brokenInvariants(test, paid.organizationId)).toEqual([]);
  });

  it('REFUND_OUTSIDE: a refund from the dashboard is said, and not booked', async () => {
    const paid = await captured();
    await unheard('/v1/refunds', { payment_intent: paid.intentId, amount: '1000' });
    await run();
    expect(await incidentsOf(paid.organizationId)).toEqual([
      { kind: 'REFUND_OUTSIDE', ours: 'none', theirs: 'refund SUCCEEDED 1000 EUR', resolution: null },
    ]);
    const [payment] = await rows(paid.organizationId, 'SELECT refunded_minor::int AS refunded FROM payment');
    expect(payment).toEqual({ refunded: 0 });
  });

  it('MISSING_PSP, AMOUNT, CURRENCY: says what the processor lacks or has otherwise, and closes it when it fits again', async () => {
    const paid = await captured();
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
      [{ amountMinor: 4600n }, 'AMOUNT'],
      [{ receivedMinor: 4400n }, 'AMOUNT'],
      [{ currency: 'USD' }, 'CURRENCY'],
      [{ status: 'CANCELED' }, 'STATE'],
      [null, 'MISSING_PROCESSOR'],
    ] as const;
    for (const [facts, kind] of cases) {
      test.clock.advance(11 * MINUTE);
      await reconcile(altered(facts), 'WINDOW');
      const open = (await incidentsOf(organizationId)).filter(({ resolution }) => resolution === null);
      expect(open.map((incident) => incident.kind)).toEqual([kind]);
      await run('FULL');
      expect(
        (await incidentsOf(organizationId)).every(({ resolution }) => resolution === 'NO_LONGER_SO'),
      ).toBe(true);
    }
    expect(await statusOf(organizationId)).toBe('CAPTURED');
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

describe('a run', () => {
  it('is made by one process at a time, and goes on where one that died had come to', async () => {
    const paid = await authorized();
    await unheard(`/v1/payment_intents/${paid.intentId}/capture`);
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
    expect(await statusOf(paid.organizationId)).toBe('CAPTURED');
  });

  it('leaves alone what is still on its way', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
    await test.order({ kind: 'webhook_lost', times: 50 });
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    await run();
    expect(await statusOf(organizationOf(client))).toBe('AUTHORIZING');
    expect(await incidentsOf(organizationOf(client))).toEqual([]);
  });
});

describe('[PAY-05] receipts', () => {
  it('(I10) one that a flow forgot is found in the books and sent, once', async () => {
    const paid = await captured();
    const { organizationId } = paid;
    await rows(organizationId, 'DELETE FROM money_notice');
    expect(await tellMissing(test.payments)).toBe(1);
    expect(await tellMissing(test.payments)).toBe(0);
    const told = await test.published(organizationId, 'message.requested');
    expect(told.map(({ template }) => template)).toEqual(['payment-captured', 'payment-captured']);
    expect(told[1]).toMatchObject({ parameters: { amount: '45.00 EUR' } });
  });
});

describe('an incident', () => {
  const LIST = `query ($all: Boolean) { paymentIncidents(withResolved: $all) { incidents {
    id kind ours theirs resolution resolvedBy payment { id } } } }`;
  const RESOLVE = `mutation ($input: ResolvePaymentIncidentInput!) { resolvePaymentIncident(input: $input) {
    __typename ... on PaymentIncidentResolved { incident { resolution } } } }`;

  it('is seen by billing, and ended by somebody with a recent second factor who says how', async () => {
    const paid = await captured();
    await unheard('/v1/refunds', { payment_intent: paid.intentId, amount: '1000' });
    await run();
    const now = () => test.clock().getTime() / 1000;
    const billing = { ...staffOf(paid.organizationId, 'BILLING'), authenticatedAt: now() };
    const listed = async (all: boolean) => {
      const { data } = await test.ask(billing, LIST, { all });
      return data?.['paymentIncidents'] as {
        incidents: { id: string; kind: string; payment: { id: string } }[];
      };
    };
    const [incident] = (await listed(false)).incidents;
    expect(incident).toMatchObject({ kind: 'REFUND_OUTSIDE', payment: { id: paid.paymentId } });
    const input = { incidentId: incident?.id, resolution: 'BOOKED_ELSEWHERE', idempotencyKey: randomUUID() };
    const resolve = async (caller: object, change: object = {}) => {
      const { data, errors } = await test.ask({ ...billing, ...caller }, RESOLVE, {
        input: { ...input, ...change },
      });
      const result = data?.['resolvePaymentIncident'] as { __typename: string } | undefined;
      return result?.__typename ?? errors[0]?.extensions?.code;
    };
    expect(await resolve({ authenticatedAt: now() - 3_600 })).toBe('STEP_UP_REQUIRED');
    expect(await resolve({ roles: ['MANAGER', 'FRONT_DESK'] })).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    const elsewhere = { organizationId: organizationOf(await test.newClient()) };
    expect(await resolve(elsewhere)).toBe('NOT_FOUND');
    expect(await resolve({}, { resolution: 'NO_LONGER_SO' })).toBe('BAD_INPUT');
    expect(await resolve({})).toBe('PaymentIncidentResolved');
    expect(await resolve({})).toBe('PaymentIncidentResolved');
    expect(await resolve({}, { resolution: 'NOT_OURS' })).toBe('IdempotencyConflict');
    expect(await resolve({}, { idempotencyKey: randomUUID() })).toBe('PaymentIncidentEnded');
    expect((await listed(false)).incidents).toEqual([]);
    expect((await listed(true)).incidents).toEqual([
      expect.objectContaining({ resolution: 'BOOKED_ELSEWHERE', resolvedBy: billing.accountId }),
    ]);
  });
});

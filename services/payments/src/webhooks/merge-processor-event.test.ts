import { randomUUID } from 'node:crypto';
import { eventually } from '@kept/testing';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { newsOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { mergeDueEvents } from './merge-due-events.ts';
import { mergeProcessorEvent } from './merge-processor-event.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

interface WireEvent {
  id: string;
  type: string;
  data: { object: { id: string; payment_intent?: string } };
}

/** The events of one intent, oldest first. */
async function eventsAbout(intentId: string): Promise<string[]> {
  const { data } = await test.atProcessor<{ data: WireEvent[] }>('/v1/events?limit=5000');
  const about = data.filter(
    ({ data: { object } }) => object.id === intentId || object.payment_intent === intentId,
  );
  return about.toReversed().map(({ id }) => id);
}

const note = (eventId: string) =>
  test.database.infrastructure('test', (tx) =>
    tx.query(
      `INSERT INTO processor_event (event_id, type, received_at, next_try_at) VALUES ($1, 'test', $2, $2)
       ON CONFLICT (event_id) DO UPDATE SET state = 'PENDING', next_try_at = $2`,
      [eventId, test.clock()],
    ),
  );

const stateOf = async (eventId: string) => {
  const [row] = await test.database.infrastructure('test', (tx) =>
    tx.query<{ state: string; attempts: number }>(
      'SELECT state, attempts FROM processor_event WHERE event_id = $1',
      [eventId],
    ),
  );
  return row;
};

async function paid(token = 'pm_card_visa') {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client, token);
  const quote = test.quoteFor(client);
  return { client, organizationId, paymentMethodId, quote };
}

async function paymentRow(organizationId: string) {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ status: string; version: number }>('SELECT status, version FROM payment'),
  );
  return rows[0];
}

describe('an event of the processor', () => {
  it('[payments T10] that is merged fifty times at once makes one transition and one message', async () => {
    const { client, organizationId, paymentMethodId, quote } = await paid();
    await test.order({ kind: 'webhook_lost', times: 99 });
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    // Captured at the processor, and the answer was lost.
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents/' });
    await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
    const intent = (await atProcessor(test, organizationId)).intents[0];
    expect([intent?.status, (await paymentRow(organizationId))?.status]).toEqual(['succeeded', 'CAPTURING']);
    const ids = (await eventsAbout(intent?.id ?? '')).slice(-2);
    for (const id of ids) await note(id);
    const merges = Array.from({ length: 50 }, (_, index) =>
      mergeProcessorEvent(test.payments, ids[index % ids.length] ?? ''),
    );
    await Promise.all(merges);
    expect((await paymentRow(organizationId))?.status).toBe('CAPTURED');
    expect(await test.published(organizationId, 'payment.captured')).toHaveLength(1);
    expect(await test.published(organizationId, 'message.requested')).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('[payments T11] leads to the same end in every order of arrival', async () => {
    const ends = new Set<string>();
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
    ]) {
      const { client, organizationId, paymentMethodId, quote } = await paid();
      await test.order({ kind: 'webhook_lost', times: 99 });
      await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
      await test.authorize(client, { quote, paymentMethodId });
      const intent = (await atProcessor(test, organizationId)).intents[0];
      await test.atProcessor(`/v1/payment_intents/${intent?.id}/capture`, '');
      const ids = await eventsAbout(intent?.id ?? '');
      for (const index of order) {
        const id = ids[index];
        if (id === undefined) continue;
        await note(id);
        await mergeProcessorEvent(test.payments, id);
      }
      const { status } = (await paymentRow(organizationId)) ?? {};
      const counts = await Promise.all(
        (['payment.authorized', 'payment.captured', 'message.requested'] as const).map(
          async (name) => (await test.published(organizationId, name)).length,
        ),
      );
      ends.add(JSON.stringify([status, counts]));
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
      await test.callOff();
    }
    expect([...ends]).toEqual([JSON.stringify(['CAPTURED', [1, 1, 1]])]);
  });

  it('[payments T9] that overtakes our own commit is deferred, applied later, and not lost', async () => {
    const { client, organizationId, paymentMethodId, quote } = await paid();
    await test.authorize(client, { quote, paymentMethodId });
    const intent = (await atProcessor(test, organizationId)).intents[0];
    // An intent of a payment that this database has not heard of yet.
    const paymentId = randomUUID();
    const form = new URLSearchParams({
      amount: '100',
      currency: 'eur',
      'metadata[organization_id]': organizationId,
      'metadata[payment_id]': paymentId,
      'metadata[payment_op_id]': randomUUID(),
    });
    const early = await test.atProcessor<{ id: string }>('/v1/payment_intents', form.toString());
    const [eventId = ''] = await eventsAbout(early.id);
    await eventually(async () => (await stateOf(eventId)) !== undefined);
    await test.work();
    expect((await stateOf(eventId))?.state).toBe('DEFERRED');
    test.clock.advance(5_000);
    await test.work();
    expect(await stateOf(eventId)).toMatchObject({ state: 'DEFERRED' });
    // Now the payment is there: the copy takes the place of the commit that came late.
    await test.database.transaction(organizationId, (tx) =>
      tx.query(
        `WITH booking AS (
           INSERT INTO booking_reference (booking_id, organization_id, client_id, provider_id, outcome, created_at)
           SELECT gen_random_uuid(), organization_id, client_id, provider_id, 'HELD', created_at FROM booking_reference
           RETURNING booking_id)
         INSERT INTO payment SELECT (jsonb_populate_record(p, jsonb_build_object('id', $1::text, 'status', 'CREATED',
           'amount_minor', 100, 'authorized_minor', 0, 'booking_id', (SELECT booking_id FROM booking),
           'processor_reference', null, 'processor_reference_index', null))).* FROM payment p`,
        [paymentId],
      ),
    );
    test.clock.advance(60_000);
    await test.work();
    expect((await stateOf(eventId))?.state).toBe('DONE');
    expect(intent?.status).toBe('requires_capture');
  });

  it('[payments T8] that comes late, after the release, changes nothing', async () => {
    const { client, organizationId, paymentMethodId, quote } = await paid();
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    await test.deliver(organizationId, 'booking.refused', newsOf(quote).refused);
    await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
    await test.work();
    const before = await paymentRow(organizationId);
    const intent = (await atProcessor(test, organizationId)).intents[0];
    for (const id of await eventsAbout(intent?.id ?? '')) {
      await note(id);
      await mergeProcessorEvent(test.payments, id);
    }
    expect(await paymentRow(organizationId)).toEqual(before);
    expect(before?.status).toBe('VOIDED');
    expect(await test.published(organizationId, 'payment.voided')).toHaveLength(1);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('that contradicts what was agreed is given up for a person to look at', async () => {
    const { client, organizationId, paymentMethodId, quote } = await paid();
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    await test.work();
    const before = await paymentRow(organizationId);
    const form = new URLSearchParams({
      amount: '4500',
      currency: 'usd',
      'metadata[organization_id]': organizationId,
      'metadata[payment_id]': payment?.id ?? '',
      'metadata[payment_op_id]': randomUUID(),
    });
    const contradiction = await test.atProcessor<{ id: string }>('/v1/payment_intents', form.toString());
    const [eventId = ''] = await eventsAbout(contradiction.id);
    await eventually(async () => (await stateOf(eventId)) !== undefined);
    await test.work();
    expect((await stateOf(eventId))?.state).toBe('GIVEN_UP');
    expect(await paymentRow(organizationId)).toEqual(before);
  });

  it('is worked off although two hundred others, which came before it, cannot be', async () => {
    const foreign = await test.atProcessor<{ id: string }>('/v1/payment_intents', 'amount=100&currency=eur');
    const [eventId = ''] = await eventsAbout(foreign.id);
    await eventually(async () => (await stateOf(eventId)) !== undefined);
    await test.database.infrastructure('test', (tx) =>
      tx.query(
        `INSERT INTO processor_event (event_id, type, received_at, next_try_at)
         SELECT 'evt_broken' || n, 'test', $1::timestamptz - interval '1 hour', $1::timestamptz - interval '1 hour'
         FROM generate_series(1, 200) n`,
        [test.clock()],
      ),
    );
    const broken = {
      ...test.payments,
      processor: {
        ...test.payments.processor,
        readEvent: (id: string) =>
          id.startsWith('evt_broken')
            ? Promise.reject(new Error('a mistake of ours'))
            : test.payments.processor.readEvent(id),
      },
    };
    await mergeDueEvents(broken);
    await mergeDueEvents(broken);
    expect((await stateOf(eventId))?.state).toBe('IGNORED');
    expect((await stateOf('evt_broken1'))?.state).toBe('PENDING');
    await test.database.infrastructure('test', (tx) =>
      tx.query("DELETE FROM processor_event WHERE event_id LIKE 'evt_broken%'"),
    );
  });

  it('about something we did not make is ignored', async () => {
    const foreign = await test.atProcessor<{ id: string }>('/v1/payment_intents', 'amount=100&currency=eur');
    const [eventId = ''] = await eventsAbout(foreign.id);
    await eventually(async () => (await stateOf(eventId)) !== undefined);
    await test.work();
    expect((await stateOf(eventId))?.state).toBe('IGNORED');
  });
});

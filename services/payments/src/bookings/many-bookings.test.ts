import type { Caller } from '@kept/passport';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Booking { id paymentState
  payments { id method { last4 } booking { id } refunds { id amount { amountMinor } } } } } }`;

interface Seen {
  id: string;
  paymentState: string;
  payments: { method: object; booking: { id: string }; refunds: { amount: object }[] }[];
}

/** Paid, called off and given back: every list below it has something in it. */
async function refundedBooking(client: Caller, paymentMethodId: string): Promise<string> {
  const organizationId = organizationOf(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
  await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(100));
  await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
  return quote.bookingId;
}

const LEDGER = `query ($first: Int) { ledger(first: $first) { transactions { payment { id } entries { amount { amountMinor } } } } }`;
const DISPUTES = `query ($first: Int) { disputes(first: $first) { disputes { payment { id } evidence { kind } } } }`;

it('asks the database as often for a page of the books, or of disputes, as for one line of it', async () => {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const card = await test.addCard(client);
  for (let number = 1; number <= 3; number += 1) await refundedBooking(client, card);
  await test.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO dispute (id, organization_id, payment_id, client_id, processor_reference, processor_reference_index, status,
         amount_minor, currency, reason, opened_at)
       SELECT gen_random_uuid(), organization_id, id, client_id, '', uuid_send(id), 'INQUIRY', 100, currency, 'general', created_at
       FROM payment`,
    ),
  );
  const billing = staffOf(organizationId, 'BILLING');
  const cost = async (query: string, first: number): Promise<number> => {
    const before = test.database.counters.transactions;
    const { errors } = await test.ask(billing, query, { first });
    expect(errors).toEqual([]);
    return test.database.counters.transactions - before;
  };
  for (const query of [LEDGER, DISPUTES]) expect(await cost(query, 3)).toBe(await cost(query, 1));
  const { data } = await test.ask(billing, DISPUTES, { first: 3 });
  const page = data?.['disputes'] as { disputes: { evidence: { kind: string }[] }[] } | undefined;
  expect(page?.disputes.map(({ evidence }) => evidence.map(({ kind }) => kind).toSorted())).toEqual(
    Array.from({ length: 3 }, () => ['CANCELLED', 'CONFIRMED']),
  );
});

it('asks the database as often for the money of four bookings as for that of one', async () => {
  const client = await test.newClient();
  const card = await test.addCard(client);
  const ids: string[] = [];
  for (let number = 1; number <= 4; number += 1) ids.push(await refundedBooking(client, card));
  const cost = async (wanted: string[]): Promise<number> => {
    const before = test.database.counters.transactions;
    const of = wanted.map((id) => ({ __typename: 'Booking', id }));
    const { data, errors } = await test.ask(client, ENTITIES, { of });
    const after = test.database.counters.transactions;
    expect(errors).toEqual([]);
    const seen = data?.['_entities'] as Seen[];
    expect(seen.map(({ id }) => id)).toEqual(wanted);
    for (const { id, paymentState, payments } of seen) {
      const refunds = [{ id: expect.any(String) as string, amount: { amountMinor: 4500 } }];
      expect({ paymentState, payments }).toMatchObject({
        paymentState: 'REFUNDED',
        payments: [{ method: { last4: '4242' }, booking: { id }, refunds }],
      });
    }
    return after - before;
  };
  const one = await cost(ids.slice(0, 1));
  expect(await cost(ids)).toBe(one);
  expect(one).toBeLessThanOrEqual(6);
});

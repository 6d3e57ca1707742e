// What was paid at one branch is nobody's business at another. The holes: an id that is tried, an appointment whose place was changed,
// a list or a book of the whole business that is open to whoever keeps the till of one branch.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const north = randomUUID();
const south = randomUUID();

async function paidAt(locationId: string | null) {
  const client = await test.newClient();
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId: await test.addCard(client) });
  const organizationId = organizationOf(client);
  const { confirmed } = newsOf(quote);
  await test.deliver(organizationId, 'booking.confirmed', { ...confirmed, locationId });
  await test.work();
  const limited = (place: string, ...roles: Caller['roles']): Caller => ({
    ...staffOf(organizationId, ...roles),
    locations: [place],
  });
  return { client, quote, confirmed, organizationId, paymentId: payment?.id ?? '', limited };
}

const PAYMENT = 'query ($id: ID!) { payment(id: $id) { id } }';
const BOOKING = `query ($id: ID!) { _entities(representations: [{ __typename: "Booking", id: $id }]) {
  ... on Booking { id amountDue { amountMinor } } } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;
const REQUEST = `mutation ($input: RequestRefundInput!) { requestRefund(input: $input) { __typename } }`;
const outcome = async (caller: Caller, query: string, variables: Record<string, unknown> = {}) => {
  const { data, errors } = await test.ask(caller, query, variables);
  return errors[0]?.extensions?.code ?? JSON.stringify(Object.values(data ?? {})[0]);
};
const less = (of: Record<string, unknown>) => ({
  input: { ...of, amountMinor: 100, idempotencyKey: randomUUID() },
});

it('[identity A44] a payment, its refund and what is still due are there for the branch of the appointment alone', async () => {
  const { quote, paymentId, limited, confirmed, organizationId } = await paidAt(north);
  const { bookingId } = quote;
  const [here, there] = [limited(north, 'BILLING', 'FRONT_DESK'), limited(south, 'BILLING', 'FRONT_DESK')];
  const seen = async (caller: Caller) => [
    await outcome(caller, PAYMENT, { id: paymentId }),
    await outcome(caller, BOOKING, { id: bookingId }),
  ];
  expect(await seen(there)).toEqual(['null', '[null]']);
  expect(await seen(here)).toEqual([expect.stringContaining(paymentId), expect.stringContaining(bookingId)]);
  const refund = less({ paymentId, reason: 'GOODWILL' });
  expect(await outcome(there, REFUND, refund)).toBe('NOT_FOUND');
  expect(await outcome(there, REQUEST, less({ bookingId, reason: 'GOODWILL' }))).toBe('NOT_FOUND');
  expect(await outcome(here, REFUND, refund)).toContain('RefundRequested');
  // The appointment moves to the other branch, and what belongs to it with it.
  const { bookingId: id, clientId, providerId, startsAt, endsAt } = confirmed;
  const moved = { bookingId: id, clientId, providerId, startsAt, endsAt, locationId: south, version: 2 };
  await test.deliver(organizationId, 'booking.rescheduled', moved);
  expect(await seen(here)).toEqual(['null', '[null]']);
  expect(await seen(there)).toEqual([expect.stringContaining(paymentId), expect.stringContaining(bookingId)]);
});

it('[identity A44] what is of no place, and the books, are for whoever looks after the whole business', async () => {
  const { quote, paymentId, limited, organizationId } = await paidAt(null);
  const billing = limited(north, 'BILLING', 'MANAGER');
  expect(await outcome(billing, PAYMENT, { id: paymentId })).toBe('null');
  expect(await outcome(billing, BOOKING, { id: quote.bookingId })).toBe('[null]');
  const everywhere = staffOf(organizationId, 'BILLING', 'MANAGER');
  for (const query of [
    '{ ledger(first: 1) { __typename } }',
    '{ disputes(first: 1) { __typename } }',
    '{ refundRequests(first: 1) { __typename } }',
    '{ paymentReviews { __typename } }',
  ]) {
    expect([query, await outcome(billing, query)]).toEqual([query, 'UNAUTHORIZED_FIELD_OR_TYPE']);
    expect([query, await outcome(everywhere, query)]).not.toEqual([query, 'UNAUTHORIZED_FIELD_OR_TYPE']);
  }
});

import type { Caller } from '@kept/passport';
import { callerOf } from '@kept/testing';
import {
  clientOf,
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// [payments T25] Payment fields of a booking by `_entities`, alias and reference: null and UNAUTHORIZED_FIELD_OR_TYPE for who
// may know of the booking but not of the money; nothing at all, and no difference to a booking that does not exist, for others.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Booking { id state: paymentState
  card { brand last4 } money: payments { id amount { amountMinor } method { last4 } refunds { id } } } } }`;
const PAYMENT = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Payment { id status } } }`;

async function paidBooking() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const provider = staffOf(organizationId, 'PROVIDER');
  const quote = test.quoteFor(client, { providerId: provider.accountId ?? '' });
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  const paymentId = payment?.id ?? '';
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settlePayment(test.payments, { organizationId, paymentId });
  return { client, provider, organizationId, paymentId, quote };
}

async function see(caller: Caller, bookingId: string) {
  const of = [{ __typename: 'Booking', id: bookingId }];
  const { data, errors } = await test.ask(caller, ENTITIES, { of });
  const entities = data?.['_entities'] as
    ({ state: string | null; money: object[] | null } | null)[] | undefined;
  const booking = entities?.[0];
  return { booking, refusals: errors.map(({ path, extensions }) => [path?.join('.'), extensions?.code]) };
}

const DENIED = [['_entities.0.money', 'UNAUTHORIZED_FIELD_OR_TYPE']];

describe('[payments T25] the money of a booking', () => {
  it('is seen by its client and by billing: amounts, last four digits, refunds', async () => {
    const { client, organizationId, quote } = await paidBooking();
    for (const caller of [client, staffOf(organizationId, 'BILLING')]) {
      const { booking, refusals } = await see(caller, quote.bookingId);
      expect(booking).toMatchObject({
        state: 'PAID',
        money: [{ amount: { amountMinor: 4500 }, method: { last4: '4242' }, refunds: [] }],
      });
      expect(refusals).toEqual([]);
    }
  });

  it('is one word for its provider, the front desk and the manager', async () => {
    const { provider, organizationId, quote } = await paidBooking();
    for (const caller of [
      provider,
      staffOf(organizationId, 'FRONT_DESK'),
      staffOf(organizationId, 'MANAGER'),
    ]) {
      const { booking, refusals } = await see(caller, quote.bookingId);
      expect(booking).toMatchObject({ state: 'PAID', money: null });
      // The front desk recognizes the card, and no more of it.
      const isDesk = caller.roles.includes('FRONT_DESK');
      expect(booking).toMatchObject({ card: isDesk ? { brand: 'visa', last4: '4242' } : null });
      expect(refusals).toEqual(isDesk ? DENIED : [['_entities.0.card', DENIED[0]?.[1]], ...DENIED]);
    }
  });

  it('does not exist for other clients, other providers, staff without second factor, other organizations, nobody', async () => {
    const { client, provider, organizationId, quote, paymentId } = await paidBooking();
    const elsewhere = organizationOf(await test.newClient());
    const strangers = [
      clientOf(organizationId),
      staffOf(organizationId, 'PROVIDER'),
      staffOf(organizationId, 'COMPLIANCE'),
      { ...staffOf(organizationId, 'BILLING'), secondFactor: false },
      { ...provider, secondFactor: false },
      staffOf(elsewhere, 'BILLING', 'MANAGER'),
      { ...client, organizationId: elsewhere },
      callerOf({ kind: 'ANONYMOUS', organizationId }),
    ];
    const unknown = await see(clientOf(organizationId), '7a0c3f0e-5a2c-4c52-9d1e-0c7f7a1f2b3c');
    for (const caller of strangers) {
      expect(await see(caller, quote.bookingId)).toEqual(unknown);
      const payment = await test.ask(caller, PAYMENT, { of: [{ __typename: 'Payment', id: paymentId }] });
      expect([payment.data, payment.errors]).toEqual([{ _entities: [null] }, []]);
    }
    expect(unknown).toEqual({ booking: null, refusals: [] });
    expect(await see(client, 'no id')).toEqual(unknown);
  });

  it('follows the booking to another provider', async () => {
    const { provider, organizationId, quote } = await paidBooking();
    const next = staffOf(organizationId, 'PROVIDER');
    const { bookingId, clientId } = quote;
    await test.deliver(organizationId, 'booking.rescheduled', {
      bookingId,
      clientId,
      providerId: next.accountId ?? '',
      startsAt: '2030-06-02T09:00:00.000Z',
      endsAt: '2030-06-02T10:00:00.000Z',
      version: 2,
    });
    expect((await see(provider, bookingId)).booking).toBeNull();
    expect((await see(next, bookingId)).booking).toMatchObject({ state: 'PAID' });
    // The confirmation comes again, late: the older version does not win.
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    expect((await see(next, bookingId)).booking).toMatchObject({ state: 'PAID' });
  });

  it('is not found by id either, for who may not know of it', async () => {
    const { client, organizationId, paymentId } = await paidBooking();
    const query = `query ($id: ID!) { payment(id: $id) { id captured { amountMinor } } }`;
    expect((await test.ask(client, query, { id: paymentId })).data).toMatchObject({
      payment: { id: paymentId },
    });
    for (const id of [paymentId, 'no id', '']) {
      const answer = await test.ask(clientOf(organizationId), query, { id });
      expect([answer.data, answer.errors]).toEqual([{ payment: null }, []]);
    }
  });
});

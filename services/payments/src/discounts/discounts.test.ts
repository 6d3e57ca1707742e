import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { newcomer, pay, saidOf } from '../payments/life-for-tests.ts';
import { clientOf, openPaymentsForTests, staffOf, type UnderTest } from '../payments-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set('2030-05-06T09:00:00Z'));

const DISCOUNT = `mutation ($input: DiscountBookingInput!) { discountBooking(input: $input) { __typename
  ... on BookingDiscounted { discount { amountMinor } amountDue { amountMinor currency } } ... on DiscountRefused { reason } } }`;
const PAY = `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename ... on BalancePaid { payment {
  amount { amountMinor } lines { kind amount { amountMinor } } } } } }`;
const SEEN = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Booking {
  discount { amountMinor currency } amountDue { amountMinor } } } }`;

type Party = Awaited<ReturnType<typeof newcomer>>;

/** A deposit of 45.00 of a price of 120.00 is paid, and the booking stands: 75.00 are due. */
async function booked(): Promise<Party> {
  const party = await newcomer(test, { change: { priceMinor: 12_000 } });
  await pay(test, party);
  await test.deliver(party.organizationId, 'booking.confirmed', saidOf(party.quote).confirmed);
  await test.work();
  return party;
}
const billingOf = ({ organizationId }: Party) => staffOf(organizationId, 'BILLING');
async function discount(caller: Caller, { quote }: Party, discountMinor: number): Promise<unknown> {
  const input = { bookingId: quote.bookingId, discountMinor, reason: 'GOODWILL' };
  const { data, errors } = await test.ask(caller, DISCOUNT, { input });
  return errors[0]?.extensions?.code ?? data?.['discountBooking'];
}
async function payTheRest({ client, quote, paymentMethodId }: Party, tipMinor = 0) {
  const input = { bookingId: quote.bookingId, paymentMethodId, tipMinor, idempotencyKey: randomUUID() };
  const { data } = await test.ask(client, PAY, { input });
  return data?.['payBalance'];
}
async function seenBy(caller: Caller, { quote }: Party) {
  const { data } = await test.ask(caller, SEEN, { of: [{ __typename: 'Booking', id: quote.bookingId }] });
  return (data?.['_entities'] as unknown[] | undefined)?.[0];
}
const given = (discountMinor: number, due: number) => ({
  __typename: 'BookingDiscounted',
  discount: { amountMinor: discountMinor },
  amountDue: { amountMinor: due, currency: 'EUR' },
});
const refusedFor = (reason: string) => ({ __typename: 'DiscountRefused', reason });

describe('a discount', () => {
  it('is taken off what is due, stands on the receipt of the rest, and the books show it by itself', async () => {
    const party = await booked();
    const { organizationId, client } = party;
    expect(await seenBy(client, party)).toEqual({ discount: null, amountDue: { amountMinor: 7500 } });
    expect(await discount(billingOf(party), party, 2000)).toEqual(given(2000, 5500));
    expect(await discount(billingOf(party), party, 2000)).toEqual(given(2000, 5500));
    expect(await seenBy(client, party)).toEqual({
      discount: { amountMinor: 2000, currency: 'EUR' },
      amountDue: { amountMinor: 5500 },
    });
    expect(await payTheRest(party, 300)).toEqual({
      __typename: 'BalancePaid',
      payment: {
        amount: { amountMinor: 5800 },
        lines: [
          { kind: 'ITEM', amount: { amountMinor: 7500 } },
          { kind: 'DISCOUNT', amount: { amountMinor: -2000 } },
          { kind: 'TIP', amount: { amountMinor: 300 } },
        ],
      },
    });
    expect(await seenBy(client, party)).toMatchObject({ amountDue: { amountMinor: 0 } });
    // A tip later is for no price, and shows no discount a second time.
    expect(await payTheRest(party, 200)).toMatchObject({
      payment: { lines: [{ kind: 'TIP', amount: { amountMinor: 200 } }] },
    });
    await test.deliver(organizationId, 'booking.completed', saidOf(party.quote).closed(true));
    await test.work();
    const books = await test.database.transaction(organizationId, (tx) =>
      tx.query<{ account: string; minor: string }>(
        `SELECT account, sum(amount_minor)::text AS minor FROM ledger_entry
         WHERE account IN ('contra:discounts', 'revenue:service', 'revenue:tips') GROUP BY account ORDER BY account`,
      ),
    );
    expect(books).toEqual([
      { account: 'contra:discounts', minor: '2000' },
      { account: 'revenue:service', minor: '-12000' },
      { account: 'revenue:tips', minor: '-500' },
    ]);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('is never more than what is due, however many give it at once, and can be taken back', async () => {
    const party = await booked();
    const billing = billingOf(party);
    expect(await discount(billing, party, 7501)).toEqual(refusedFor('MORE_THAN_DUE'));
    for (const impossible of [-1, 0.5, 2 ** 53])
      expect(await discount(billing, party, impossible)).toBe('BAD_INPUT');
    const both = await Promise.all([discount(billing, party, 7500), discount(billing, party, 4000)]);
    expect(both).toEqual([given(7500, 0), given(4000, 3500)]);
    expect(await discount(billing, party, 7500)).toEqual(given(7500, 0));
    expect(await payTheRest(party)).toEqual({ __typename: 'NothingDue' });
    expect(await discount(billing, party, 0)).toEqual(given(0, 7500));
    expect(await seenBy(party.client, party)).toMatchObject({ discount: null });
  });

  it('is not given while the rest is being paid, and not for what is called off', async () => {
    const party = await booked();
    const card = await test.addCard(party.client, 'pm_card_authenticationRequired');
    await payTheRest({ ...party, paymentMethodId: card });
    expect(await discount(billingOf(party), party, 100)).toEqual(refusedFor('BEING_PAID'));
    const off = await booked();
    await test.deliver(off.organizationId, 'booking.cancelled', saidOf(off.quote).cancelled(100));
    await test.work();
    expect(await discount(billingOf(off), off, 100)).toEqual(refusedFor('NOT_OWED'));
  });

  it('stays when the price falls: what was paid beyond the lower price goes back, and no more', async () => {
    const party = await booked();
    const { organizationId, quote } = party;
    await discount(billingOf(party), party, 2000);
    await payTheRest(party);
    await test.deliver(organizationId, 'booking.rescheduled', {
      ...saidOf(quote).confirmed,
      version: 9,
      priceMinor: 9000,
    });
    await test.work();
    const [back] = await test.database.transaction(organizationId, (tx) =>
      tx.query<{ minor: string }>('SELECT sum(amount_minor)::text AS minor FROM refund'),
    );
    expect(back).toEqual({ minor: '3000' });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('[ACC-04] is given by billing and managers who have just shown a second factor, and by nobody else', async () => {
    const party = await booked();
    const { organizationId, client } = party;
    const stale = { ...billingOf(party), authenticatedAt: Math.floor(test.clock().getTime() / 1000) - 601 };
    expect(await discount(stale, party, 100)).toBe('STEP_UP_REQUIRED');
    for (const caller of [
      client,
      clientOf(organizationId),
      staffOf(organizationId, 'FRONT_DESK'),
      staffOf(organizationId, 'PROVIDER'),
    ])
      expect(await discount(caller, party, 100)).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    const elsewhere = { ...billingOf(party), locations: [randomUUID()] };
    const another = await booked();
    for (const caller of [elsewhere, billingOf(another)])
      expect(await discount(caller, party, 100)).toBe('NOT_FOUND');
    expect(await discount(staffOf(organizationId, 'MANAGER'), party, 100)).toEqual(given(100, 7400));
  });
});

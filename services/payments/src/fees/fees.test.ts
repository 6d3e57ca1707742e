import { randomBytes, randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { brokenInvariants } from '../ledger/invariants-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';
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
afterEach(() => test.callOff());

const FEES = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Booking { fees {
  id purpose status agreed { amountMinor } payment { status amount { amountMinor } refunded { amountMinor } } } } } }`;
const WAIVE = `mutation ($input: WaiveFeeInput!) { waiveFee(input: $input) { __typename
  ... on FeeWaived { fee { status waiverReason } } ... on FeeWaiverRefused { reason message } } }`;
const AGAIN = `mutation ($input: ChargeFeeAgainInput!) { chargeFeeAgain(input: $input) { fee { status } } }`;
const HOUR_MS = 3_600_000;

interface FeeSeen {
  id: string;
  purpose: string;
  status: string;
  payment: { status: string; amount: { amountMinor: number }; refunded: { amountMinor: number } } | null;
}
interface Booked {
  client: Caller;
  billing: Caller;
  organizationId: string;
  quote: Quote;
  methodId: string;
}

/** A confirmed appointment without a deposit, an hour from now; not coming costs 30.00 EUR. */
async function booked(
  card = 'pm_card_visa',
  agreed: { minor: number; covers: string[] } | null = both,
): Promise<Booked> {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const methodId = await test.addCard(client, card);
  const quote = test.quoteFor(client);
  const startsAt = new Date(test.clock().getTime() + HOUR_MS).toISOString();
  const endsAt = new Date(test.clock().getTime() + 2 * HOUR_MS).toISOString();
  await test.deliver(organizationId, 'booking.confirmed', {
    ...newsOf(quote).confirmed,
    startsAt,
    endsAt,
    priceMinor: 6000,
    currency: 'EUR',
    noShowFeeMinor: 3000,
    lateCancellationFeeMinor: 2000,
  });
  const made = { client, billing: staffOf(organizationId, 'BILLING'), organizationId, quote, methodId };
  if (agreed !== null) await agree(made, agreed);
  return made;
}
const both = { minor: 3000, covers: ['NO_SHOW_FEE', 'LATE_CANCEL_FEE'] };

const agree = (
  { client, organizationId, quote, methodId }: Booked,
  agreed: { minor: number; covers: string[] },
) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO mandate (id, organization_id, client_id, payment_method_id, booking_id, text_version, text_sha256, language,
         accepted_at, max_amount_minor, currency, covers) VALUES ($1, $2, $3, $4, $5, '1', $6, 'en', $7, $8, 'EUR', $9)`,
      [
        randomUUID(),
        organizationId,
        client.accountId,
        methodId,
        quote.bookingId,
        randomBytes(32),
        test.clock(),
        agreed.minor,
        agreed.covers,
      ],
    ),
  );

const didNotCome = ({ organizationId, quote }: Booked) =>
  test.deliver(organizationId, 'booking.completed', { ...newsOf(quote).completed, attended: false });

async function feesOf({ billing, quote }: Booked): Promise<FeeSeen[]> {
  const of = [{ __typename: 'Booking', id: quote.bookingId }];
  const { data, errors } = await test.ask(billing, FEES, { of });
  expect(errors).toEqual([]);
  return (data?.['_entities'] as { fees: FeeSeen[] }[] | undefined)?.[0]?.fees ?? [];
}

/** Billing that signed in just now: the tests' clock goes on by hours. */
const fresh = ({ billing }: Booked): Caller => ({
  ...billing,
  authenticatedAt: Math.floor(test.clock().getTime() / 1000),
});

/** The hour until the appointment, its grace of an hour, and the time that clocks may differ. */
const pass = async () => {
  test.clock.advance(2 * HOUR_MS + 11 * 60_000);
  await test.work();
};

describe('not coming', () => {
  it('is charged once, after the grace, within what was agreed, and told', async () => {
    const booking = await booked();
    await didNotCome(booking);
    await didNotCome(booking);
    await test.work();
    expect(await feesOf(booking)).toMatchObject([{ status: 'WAITING', payment: null }]);
    await pass();
    await Promise.all([test.work(), test.work()]);
    expect(await feesOf(booking)).toMatchObject([
      {
        purpose: 'NO_SHOW_FEE',
        status: 'CHARGED',
        payment: { status: 'CAPTURED', amount: { amountMinor: 3000 } },
      },
    ]);
    const letters = await test.published(booking.organizationId, 'message.requested');
    expect(letters.filter(({ template }) => template === 'payment-fee-charged')).toHaveLength(1);
    expect(await brokenInvariants(test, booking.organizationId)).toEqual([]);
  });

  it('costs nothing that nobody agreed to, until somebody does', async () => {
    const booking = await booked('pm_card_visa', { minor: 2999, covers: both.covers });
    await didNotCome(booking);
    await pass();
    const [fee] = await feesOf(booking);
    expect(fee).toMatchObject({ status: 'NOT_AGREED', payment: null });
    const again = () => test.ask(fresh(booking), AGAIN, { input: { feeId: fee?.id } });
    expect((await again()).data).toMatchObject({ chargeFeeAgain: { fee: { status: 'NOT_AGREED' } } });
  });

  it('that the bank refuses has failed, and can be tried again', async () => {
    const booking = await booked('pm_card_chargeCustomerFail');
    await didNotCome(booking);
    await pass();
    const [fee] = await feesOf(booking);
    expect(fee).toMatchObject({ status: 'FAILED', payment: { status: 'FAILED' } });
    const { data } = await test.ask(fresh(booking), AGAIN, { input: { feeId: fee?.id } });
    expect(data).toMatchObject({ chargeFeeAgain: { fee: { status: 'FAILED' } } });
    expect(await brokenInvariants(test, booking.organizationId)).toEqual([]);
  });

  it('costs less what was paid ahead and is kept', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const methodId = await test.addCard(client);
    const quote = test.quoteFor(client, { amountMinor: 1000 });
    await test.authorize(client, { quote, paymentMethodId: methodId });
    const booking = { client, billing: staffOf(organizationId, 'BILLING'), organizationId, quote, methodId };
    await agree(booking, both);
    const terms = { priceMinor: 6000, currency: 'EUR', noShowFeeMinor: 3000 };
    await test.deliver(organizationId, 'booking.confirmed', { ...newsOf(quote).confirmed, ...terms });
    await test.work();
    test.clock.advance(Date.parse('2030-06-01T10:00:00Z') - test.clock().getTime());
    await didNotCome(booking);
    await pass();
    // What becomes of the deposit is settled first; the fee looks again a minute later.
    test.clock.advance(61_000);
    await test.work();
    expect(await feesOf(booking)).toMatchObject([
      { status: 'CHARGED', payment: { amount: { amountMinor: 2000 }, status: 'CAPTURED' } },
    ]);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });
});

it('calling off late costs what scheduling says, once', async () => {
  const booking = await booked();
  const cancelled = { ...newsOf(booking.quote).cancelled(0), late: true, feeMinor: 2000 };
  await test.deliver(booking.organizationId, 'booking.cancelled', cancelled);
  await pass();
  expect(await feesOf(booking)).toMatchObject([
    { purpose: 'LATE_CANCEL_FEE', status: 'CHARGED', payment: { amount: { amountMinor: 2000 } } },
  ]);
});

it('[payments T33] calling off late costs less what is kept of the deposit, and nothing more where that is enough', async () => {
  const late = async (refundPercent: number) => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const methodId = await test.addCard(client);
    const quote = test.quoteFor(client, { amountMinor: 4000 });
    await test.authorize(client, { quote, paymentMethodId: methodId });
    const booking = { client, billing: staffOf(organizationId, 'BILLING'), organizationId, quote, methodId };
    await agree(booking, both);
    const terms = { priceMinor: 6000, currency: 'EUR', lateCancellationFeeMinor: 2000 };
    await test.deliver(organizationId, 'booking.confirmed', { ...newsOf(quote).confirmed, ...terms });
    await test.work();
    const cancelled = { ...newsOf(quote).cancelled(refundPercent), late: true, feeMinor: 2000 };
    await test.deliver(organizationId, 'booking.cancelled', cancelled);
    await test.work();
    return booking;
  };
  // Of 40.00, all is kept, or 10.00.
  const [all, some] = [await late(0), await late(75)];
  await pass();
  test.clock.advance(61_000);
  await test.work();
  expect(await feesOf(all)).toMatchObject([{ status: 'COVERED', payment: null }]);
  expect(await feesOf(some)).toMatchObject([
    { purpose: 'LATE_CANCEL_FEE', status: 'CHARGED', payment: { amount: { amountMinor: 1000 } } },
  ]);
  expect(await brokenInvariants(test, some.organizationId)).toEqual([]);
});

describe('a fee that is waived', () => {
  it('is never charged, and goes back when it was taken', async () => {
    const waive = async (booking: Booked, feeId = '') =>
      (await test.ask(fresh(booking), WAIVE, { input: { feeId, reason: 'EMERGENCY' } })).data?.['waiveFee'];
    const before = await booked();
    await didNotCome(before);
    const [waiting] = await feesOf(before);
    expect(await waive(before, waiting?.id)).toMatchObject({
      fee: { status: 'WAIVED', waiverReason: 'EMERGENCY' },
    });
    await pass();
    expect(await feesOf(before)).toMatchObject([{ status: 'WAIVED', payment: null }]);

    const after = await booked();
    await didNotCome(after);
    await pass();
    const [taken] = await feesOf(after);
    expect(await waive(after, taken?.id)).toMatchObject({ __typename: 'FeeWaived' });
    expect(await waive(after, taken?.id)).toMatchObject({ __typename: 'FeeWaived' });
    expect(await feesOf(after)).toMatchObject([
      { status: 'WAIVED', payment: { refunded: { amountMinor: 3000 } } },
    ]);
    expect(await brokenInvariants(test, after.organizationId)).toEqual([]);
  });
});

import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { agree, decide, moneyOf, newcomer, pay, saidOf, toldOf } from '../payments/life-for-tests.ts';
import { clientOf, openPaymentsForTests, staffOf, type UnderTest } from '../payments-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set('2030-05-06T09:00:00Z'));

const PAY = `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename
  ... on PaymentRequiresAction { payment { id } clientSecret } ... on BalancePaid { payment { id status amount { amountMinor } } } } }`;
const CHARGE = `mutation ($input: ChargeBalanceInput!) { chargeBalance(input: $input) { __typename
  ... on BalancePaid { payment { id status } } } }`;
const DUE = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Booking { amountDue { amountMinor currency } } } }`;

type Party = Awaited<ReturnType<typeof newcomer>>;

/** A deposit of 45 of a price of 120 is paid, and the booking stands. */
async function booked(priceMinor = 12_000, card?: string): Promise<Party> {
  const party = await newcomer(test, { change: { priceMinor }, ...(card !== undefined && { card }) });
  await pay(test, party);
  await test.deliver(party.organizationId, 'booking.confirmed', saidOf(party.quote).confirmed);
  await test.work();
  return party;
}

async function dueTo(caller: Caller, { quote }: Party) {
  const of = [{ __typename: 'Booking', id: quote.bookingId }];
  const { data } = await test.ask(caller, DUE, { of });
  return (data?.['_entities'] as ({ amountDue: unknown } | null)[] | undefined)?.[0]?.amountDue;
}
const balance = async (
  query: string,
  caller: Caller,
  input: object,
): Promise<Record<string, unknown> | undefined> => {
  const { data, errors } = await test.ask(caller, query, {
    input: { idempotencyKey: randomUUID(), ...input },
  });
  return errors.length > 0 ? { errors } : (Object.values(data ?? {})[0] as Record<string, unknown>);
};
const payTheRest = ({ client, quote, paymentMethodId }: Party, more: object = {}) =>
  balance(PAY, client, { bookingId: quote.bookingId, paymentMethodId, ...more });

describe('what of a price is still due', () => {
  it('is seen by the client, the front desk and billing, and by nobody else', async () => {
    const party = await booked();
    const { organizationId, client, quote } = party;
    for (const caller of [
      client,
      staffOf(organizationId, 'FRONT_DESK'),
      staffOf(organizationId, 'BILLING'),
    ]) {
      expect(await dueTo(caller, party)).toEqual({ amountMinor: 7500, currency: 'EUR' });
    }
    const provider = { ...staffOf(organizationId, 'PROVIDER'), accountId: quote.providerId };
    expect(await dueTo(provider, party)).toBeNull();
    expect(await dueTo(clientOf(organizationId), party)).toBeUndefined();
  });

  it('is nothing once the appointment is called off, or nobody came', async () => {
    const [off, absent] = [await booked(), await booked()];
    await test.deliver(off.organizationId, 'booking.cancelled', saidOf(off.quote).cancelled(0));
    await test.deliver(absent.organizationId, 'booking.completed', saidOf(absent.quote).closed(false));
    for (const party of [off, absent])
      expect(await dueTo(party.client, party)).toEqual({ amountMinor: 0, currency: 'EUR' });
  });
});

describe('paying the rest', () => {
  it('takes what is due, and the tip, once, however many ask at the same time', async () => {
    const party = await booked();
    const { organizationId, client } = party;
    await Promise.all([payTheRest(party), payTheRest(party), payTheRest(party)]);
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT CAPTURED 4500', 'BALANCE CAPTURED 7500']);
    expect(await dueTo(client, party)).toEqual({ amountMinor: 0, currency: 'EUR' });
    expect(await payTheRest(party)).toEqual({ __typename: 'NothingDue' });
    expect(await payTheRest(party, { tipMinor: 500 })).toMatchObject({
      __typename: 'BalancePaid',
      payment: { status: 'CAPTURED', amount: { amountMinor: 500 } },
    });
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('asks the bank for the payer, and nothing is taken before they have authenticated', async () => {
    const party = await booked();
    const { organizationId, client } = party;
    const paymentMethodId = await test.addCard(client, 'pm_card_authenticationRequired');
    const asked = await payTheRest({ ...party, paymentMethodId });
    expect(asked).toMatchObject({ __typename: 'PaymentRequiresAction' });
    expect(asked?.['clientSecret']).toMatch(/^pi_/);
    const intent = (await atProcessor(test, organizationId)).intents.find(
      ({ status }) => status === 'requires_action',
    );
    await test.atProcessor(`/simulator/payment_intents/${intent?.id}/authenticate`, 'outcome=success');
    await test.work();
    expect((await moneyOf(test, organizationId)).at(-1)).toBe('BALANCE CAPTURED 7500');
  });

  it('comes back whole when the appointment is called off, whatever is kept of the deposit', async () => {
    const party = await booked();
    const { organizationId, quote } = party;
    await payTheRest(party);
    await test.deliver(organizationId, 'booking.cancelled', saidOf(quote).cancelled(0));
    await test.work();
    expect(await moneyOf(test, organizationId)).toEqual(['DEPOSIT CAPTURED 4500', 'BALANCE CAPTURED 0']);
    expect(await brokenInvariants(test, organizationId)).toEqual([]);
  });

  it('asks nobody for what was given back as a courtesy, and for what was charged in error once more', async () => {
    const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;
    for (const [reason, due] of [
      ['GOODWILL', 0],
      ['CHARGED_IN_ERROR', 2000],
    ] as const) {
      const party = await booked(4500);
      const { organizationId, client, quote } = party;
      await test.deliver(organizationId, 'booking.completed', saidOf(quote).closed(true));
      await test.work();
      const [payment] = await test.database.transaction(organizationId, (tx) =>
        tx.query<{ id: string }>('SELECT id FROM payment'),
      );
      const refund = { paymentId: payment?.id, amountMinor: 2000, reason };
      expect(await balance(REFUND, staffOf(organizationId, 'BILLING'), refund)).toEqual({
        __typename: 'RefundRequested',
      });
      expect(await dueTo(client, party)).toEqual({ amountMinor: due, currency: 'EUR' });
      expect(await brokenInvariants(test, organizationId)).toEqual([]);
    }
  });

  it('refuses a negative tip, somebody else’s booking and card', async () => {
    const [party, other] = [await booked(), await booked()];
    expect(await payTheRest(party, { tipMinor: -1 })).toHaveProperty('errors');
    expect(await payTheRest(party, { bookingId: other.quote.bookingId })).toHaveProperty('errors');
    expect(await payTheRest(party, { paymentMethodId: other.paymentMethodId })).toHaveProperty('errors');
    expect(await moneyOf(test, party.organizationId)).toHaveLength(1);
  });
});

describe('charging the rest', () => {
  const charge = ({ organizationId, quote }: Party) =>
    balance(CHARGE, staffOf(organizationId, 'BILLING'), { bookingId: quote.bookingId });

  it('takes what the client agreed to, and never without that or beyond it', async () => {
    const party = await booked();
    expect(await charge(party)).toEqual({ __typename: 'ConsentMissing' });
    await agree(test, party, { covers: ['BALANCE'], maxAmountMinor: 7499 });
    expect(await charge(party)).toEqual({ __typename: 'ConsentMissing' });
    const other = await booked();
    await agree(test, other, { covers: ['BALANCE'], maxAmountMinor: 7500 });
    expect(await charge(other)).toMatchObject({ __typename: 'BalancePaid', payment: { status: 'CAPTURED' } });
    expect(await charge(other)).toEqual({ __typename: 'NothingDue' });
  });

  it('is refused by PostgreSQL, whatever the code believes: beyond the consent, of another client, once revoked', async () => {
    const party = await booked();
    const { organizationId, quote, paymentMethodId } = party;
    const both = await agree(test, party, { covers: ['BALANCE', 'HOLD'], maxAmountMinor: 7000 });
    const mandates = { both, hold: await agree(test, party, { covers: ['HOLD'], maxAmountMinor: 7000 }) };
    const insert = (
      amount: number,
      client: string,
      { purpose = 'BALANCE', under = 'both' }: { purpose?: string; under?: keyof typeof mandates } = {},
    ) =>
      test.database.transaction(organizationId, (tx) =>
        tx.query(
          `INSERT INTO payment (id, organization_id, booking_id, client_id, payment_method_id, purpose, status, amount_minor,
             currency, exponent, quote_expires_at, created_at, mandate_id, off_session, hold_id)
           VALUES (gen_random_uuid(), $1, $2, $3, $4, $7::text, 'CREATED', $5, 'EUR', 2, now(), now(), $6, true,
             CASE WHEN $7::text = 'HOLD' THEN gen_random_uuid() END)`,
          [organizationId, quote.bookingId, client, paymentMethodId, amount, mandates[under], purpose],
        ),
      );
    const refused = 'client did not agree';
    await expect(insert(7001, quote.clientId)).rejects.toThrow(refused);
    await expect(insert(10, randomUUID())).rejects.toThrow(refused);
    await expect(insert(10, quote.clientId, { under: 'hold' })).rejects.toThrow(refused);
    await insert(6000, quote.clientId);
    // Together they would be more than was agreed to.
    await expect(insert(1001, quote.clientId, { purpose: 'HOLD' })).rejects.toThrow(refused);
    await test.database.transaction(organizationId, (tx) =>
      tx.query('UPDATE mandate SET revoked_at = now() WHERE id = $1', [both]),
    );
    await expect(insert(10, quote.clientId, { purpose: 'HOLD' })).rejects.toThrow(refused);
  });
});

describe('an appointment that is moved to where it costs something else', () => {
  const moveTo = async ({ organizationId, quote }: Party, priceMinor: number, version = 2) => {
    await test.deliver(organizationId, 'booking.rescheduled', saidOf(quote).moved({ priceMinor }, version));
    await test.work();
  };

  it('has the difference charged where its client agreed to that', async () => {
    const party = await booked(4500);
    await agree(test, party, { covers: ['BALANCE'], maxAmountMinor: 5000 });
    await moveTo(party, 6000);
    expect(await moneyOf(test, party.organizationId)).toEqual([
      'DEPOSIT CAPTURED 4500',
      'BALANCE CAPTURED 1500',
    ]);
    expect(await brokenInvariants(test, party.organizationId)).toEqual([]);
  });

  it('asks for the difference where nobody agreed, once, and not at all where the rest is paid on the day', async () => {
    const [paid, open] = [await booked(4500), await booked(12_000)];
    await moveTo(paid, 6000);
    await moveTo(open, 13_000);
    expect(await toldOf(test, paid.organizationId)).toEqual(['payment-captured', 'payment-balance-due']);
    expect(await toldOf(test, open.organizationId)).toEqual(['payment-captured']);
    expect(await dueTo(paid.client, paid)).toEqual({ amountMinor: 1500, currency: 'EUR' });
  });

  it('gives back what was paid beyond the new price, each time it falls', async () => {
    const party = await booked(4500);
    await moveTo(party, 4000);
    await moveTo(party, 3000, 3);
    // Told once more, and late: nothing of it is new.
    await moveTo(party, 4000, 2);
    expect(await moneyOf(test, party.organizationId)).toEqual(['DEPOSIT CAPTURED 3000']);
    expect(await brokenInvariants(test, party.organizationId)).toEqual([]);
  });
});

describe('the policy of an organization', () => {
  it('is set by a manager with a fresh second factor, in versions, and is on record', async () => {
    const { organizationId } = await newcomer(test);
    const before = await test.ask(
      staffOf(organizationId, 'BILLING'),
      '{ paymentPolicy { version capture } }',
    );
    expect(before.data).toMatchObject({ paymentPolicy: { version: 0, capture: 'AT_CONFIRMATION' } });
    await decide(test, organizationId, { capture: 'AT_APPOINTMENT', secondApprovalAboveMinor: 10_000 });
    expect(await decide(test, organizationId, { graceMinutes: 0 })).toMatchObject({ policy: { version: 2 } });
    const QUERY = '{ paymentPolicy { version capture graceMinutes secondApprovalAboveMinor } }';
    const after = await test.ask(staffOf(organizationId, 'MANAGER'), QUERY);
    expect(after.data?.['paymentPolicy']).toEqual({
      version: 2,
      capture: 'AT_APPOINTMENT',
      graceMinutes: 0,
      secondApprovalAboveMinor: 10_000,
    });
    const trail = await test.published(organizationId, 'audit.recorded');
    expect(trail.filter(({ action }) => action === 'payment_policy_changed')).toHaveLength(2);
    await expect(decide(test, organizationId, { graceMinutes: -1 })).rejects.toThrow('between 0 and');
    test.clock.advance(11 * 60_000);
    const SET = `mutation ($input: SetPaymentPolicyInput!) { setPaymentPolicy(input: $input) { __typename } }`;
    const input = { onUnpaid: 'RELEASE', idempotencyKey: randomUUID() };
    const stale = await test.ask(staffOf(organizationId, 'MANAGER'), SET, { input });
    expect(stale.errors).not.toEqual([]);
    const changed = test.database.transaction(organizationId, (tx) =>
      tx.query('UPDATE payment_policy SET grace_minutes = 5'),
    );
    await expect(changed).rejects.toThrow();
  });
});

import { createPublicKey, randomUUID } from 'node:crypto';
import { openStatement, type EventPayload } from '@kept/events';
import type { Caller } from '@kept/passport';
import { CONFIRM, hold, mutate, RELEASE, type Answer } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { sweepHolds } from './expire-holds.job.ts';
import { onPaymentAuthorized } from './on-payment-authorized.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { depositMinor: 2000 });
  client = await business.client();
});

const slot = '2027-02-03T10:00:00.000Z';
type Authorized = EventPayload<'payment.authorized'>;

/** What payments would say of a quote, by its signed contents alone. */
function paidFor(held: Answer): Authorized {
  const quote = openStatement(
    'kept/quote/v1',
    String(held['quote']),
    createPublicKey(test.scheduling.signingKey),
  );
  const { bookingId, holdId, clientId, amountMinor, currency } = quote as Authorized;
  return { paymentId: randomUUID(), bookingId, holdId, clientId, amountMinor, currency };
}

const authorize = (paid: Authorized) =>
  test.database.transaction(business.organizationId, (tx) => onPaymentAuthorized(tx, test.scheduling, paid));
const statusOf = async (held: Answer): Promise<unknown> => {
  const { data } = await test.ask(client, 'query ($id: ID!) { booking(id: $id) { status } }', {
    id: held['bookingId'],
  });
  return (data as { booking: { status: string } }).booking.status;
};
const refusals = () => eventsOf(test.database, business.organizationId, 'booking.refused');

it('signs a quote of what, how much and until when; only the payment confirms', async () => {
  const held = await hold(test, client, { ...business, startsAt: slot });
  expect(held['depositDue']).toEqual({ amountMinor: 2000, currency: 'GBP' });
  const quote = openStatement(
    'kept/quote/v1',
    String(held['quote']),
    createPublicKey(test.scheduling.signingKey),
  );
  expect(quote).toEqual({
    v: 1,
    organizationId: business.organizationId,
    holdId: held['id'],
    bookingId: held['bookingId'],
    clientId: client.accountId,
    providerId: business.providerId,
    serviceId: business.serviceId,
    purpose: 'DEPOSIT',
    collect: 'DEPOSIT',
    amountMinor: 2000,
    currency: 'GBP',
    startsAt: slot,
    endsAt: '2027-02-03T11:00:00.000Z',
    timeZone: 'Europe/London',
    priceMinor: 8000,
    expiresAt: '2027-02-01T05:15:00.000Z',
    issuedAt: MONDAY,
  });
  expect(await mutate(test, client, { query: CONFIRM, input: { holdId: held['id'] } })).toMatchObject({
    __typename: 'PaymentRequired',
    depositDue: { amountMinor: 2000 },
  });
  expect(await statusOf(held)).toBe('PENDING_PAYMENT');
  await authorize(paidFor(held));
  expect(await statusOf(held)).toBe('CONFIRMED');
  const confirmed = await eventsOf(test.database, business.organizationId, 'booking.confirmed');
  expect(confirmed).toMatchObject([
    { bookingId: held['bookingId'], holdId: held['id'], version: 2, startsAt: slot },
  ]);
});

it('takes a second word of the same payment for what it is', async () => {
  const held = await hold(test, client, { ...business, startsAt: slot });
  await authorize(paidFor(held));
  await authorize(paidFor(held));
  expect(await eventsOf(test.database, business.organizationId, 'booking.confirmed')).toHaveLength(1);
  expect(await refusals()).toEqual([]);
});

describe('a payment that comes late', () => {
  it('takes the same time once more while it is free, swept or not', async () => {
    const [unswept, swept] = [
      await hold(test, client, { ...business, startsAt: slot }),
      await hold(test, client, { ...business, startsAt: '2027-02-03T12:00:00.000Z' }),
    ];
    test.clock.advance(3_600_000);
    await authorize(paidFor(unswept));
    await test.database.transaction(business.organizationId, (tx) =>
      sweepHolds(tx, test.scheduling, test.clock()),
    );
    expect(await statusOf(swept)).toBe('EXPIRED');
    await authorize(paidFor(swept));
    expect([await statusOf(unswept), await statusOf(swept)]).toEqual(['CONFIRMED', 'CONFIRMED']);
    const other = await hold(test, await business.client(), { ...business, startsAt: slot });
    expect(other.__typename).toBe('SlotUnavailable');
  });

  it('is refused, never forced in, when somebody else has the time', async () => {
    const held = await hold(test, client, { ...business, startsAt: slot });
    test.clock.advance(900_000);
    const other = await hold(test, await business.client(), {
      ...business,
      startsAt: '2027-02-03T10:30:00.000Z',
    });
    expect(other.__typename).toBe('SlotHold');
    await authorize(paidFor(held));
    expect(await statusOf(held)).toBe('EXPIRED');
    expect(await refusals()).toEqual([
      { bookingId: held['bookingId'], holdId: held['id'], reason: 'SLOT_TAKEN' },
    ]);
  });

  it('is refused when the appointment has begun', async () => {
    const held = await hold(test, client, { ...business, startsAt: slot });
    test.clock.set('2027-02-03T10:00:00Z');
    await authorize(paidFor(held));
    expect(await refusals()).toMatchObject([{ reason: 'TOO_LATE' }]);
  });
});

it('refuses payments for what was released, is unknown, or was quoted otherwise', async () => {
  const released = await hold(test, client, { ...business, startsAt: slot });
  await mutate(test, client, { query: RELEASE, input: { holdId: released['id'] } });
  await authorize(paidFor(released));
  const held = await hold(test, client, { ...business, startsAt: slot });
  await authorize({ ...paidFor(held), holdId: randomUUID() });
  await authorize({ ...paidFor(held), amountMinor: 1 });
  await authorize({ ...paidFor(held), currency: 'EUR' });
  await authorize({ ...paidFor(held), clientId: randomUUID() });
  expect((await refusals()).map(({ reason }) => reason).toSorted()).toEqual([
    'CANCELLED',
    'HOLD_UNKNOWN',
    'QUOTE_MISMATCH',
    'QUOTE_MISMATCH',
    'QUOTE_MISMATCH',
  ]);
  expect(await statusOf(held)).toBe('PENDING_PAYMENT');
});

it('[BOK-04] late payments and new callers race for one time: one has it, the others are told', async () => {
  const slots = Array.from(
    { length: 6 },
    (_, index) => `2027-02-03T${String(9 + index).padStart(2, '0')}:00:00.000Z`,
  );
  for (const startsAt of slots) {
    const payer = await business.client();
    const held = await hold(test, payer, { ...business, startsAt });
    test.clock.advance(900_000);
    const rivals = await Promise.all(Array.from({ length: 6 }, () => business.client()));
    const [, ...answers] = await Promise.all([
      authorize(paidFor(held)),
      ...rivals.map((rival) => hold(test, rival, { ...business, startsAt })),
    ]);
    const won = answers.filter(({ __typename }) => __typename === 'SlotHold').length;
    const refused = (await refusals()).filter(({ holdId }) => holdId === held['id']).length;
    expect(won).toBe(refused);
    expect(won).toBeLessThanOrEqual(1);
  }
});

it('sweeps holds that have run out, says so, and leaves the living alone', async () => {
  const old = await hold(test, client, { ...business, startsAt: slot });
  test.clock.advance(600_000);
  const young = await hold(test, client, { ...business, startsAt: '2027-02-03T12:00:00.000Z' });
  test.clock.advance(300_000);
  await test.database.transaction(business.organizationId, (tx) =>
    sweepHolds(tx, test.scheduling, test.clock()),
  );
  const rows = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(`SELECT h.id, h.status, b.status AS booking, b.version,
                (SELECT count(*)::int FROM allocation a WHERE a.owner_id = h.id) AS rows
              FROM slot_hold h JOIN booking b ON b.id = h.booking_id ORDER BY h.created_at`),
  );
  expect(rows).toEqual([
    { id: old['id'], status: 'EXPIRED', booking: 'EXPIRED', version: 2, rows: 0 },
    { id: young['id'], status: 'LIVE', booking: 'PENDING_PAYMENT', version: 1, rows: 1 },
  ]);
  const audit = await eventsOf(test.database, business.organizationId, 'audit.recorded');
  expect(audit.at(-1)).toMatchObject({ action: 'slot_hold_expired', actor: { kind: 'SERVICE', id: null } });
});

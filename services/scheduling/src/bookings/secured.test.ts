import { createPublicKey, randomUUID } from 'node:crypto';
import { openStatement, type EventPayload } from '@kept/events';
import type { Caller } from '@kept/passport';
import { CANCEL, hold, mutate, RESCHEDULE, type Answer } from '../operations-for-tests.ts';
import { offer } from '../offers/offers-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { MOVE_PREVIEW } from './life-for-tests.ts';
import { onPaymentSecured } from './on-payment-authorized.ts';
import { onPaymentUnpaid } from './on-payment-unpaid.ts';

// What scheduling does about money without ever calling payments: signed quotes one way, events the other.

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const slot = '2027-02-10T10:00:00.000Z';

interface Scene {
  business: TestBusiness;
  client: Caller;
  held: Answer;
  quote: Record<string, unknown>;
}

async function heldBy(business: TestBusiness, startsAt = slot): Promise<Scene> {
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt });
  const key = createPublicKey(test.scheduling.signingKey);
  const quote = openStatement('kept/quote/v1', String(held['quote']), key) as Record<string, unknown>;
  return { business, client, held, quote };
}

const secure = ({ business, quote }: Scene) =>
  test.database.transaction(business.organizationId, (tx) => {
    const { bookingId, holdId, clientId } = quote as EventPayload<'payment.secured'>;
    return onPaymentSecured(tx, test.scheduling, { bookingId, holdId, clientId });
  });
const unpaid = ({ business, quote }: Scene, policy: 'RELEASE' | 'KEEP') =>
  test.database.transaction(business.organizationId, (tx) =>
    onPaymentUnpaid(tx, test.scheduling, {
      paymentId: randomUUID(),
      bookingId: String(quote['bookingId']),
      reason: 'failed',
      policy,
    }),
  );
const statusOf = async ({ client, quote }: Scene): Promise<unknown> => {
  const { data } = await test.ask(client, 'query ($id: ID!) { booking(id: $id) { status } }', {
    id: quote['bookingId'],
  });
  return (data as { booking: { status: string } }).booking.status;
};
const told = <Name extends 'booking.cancelled' | 'booking.refused' | 'booking.rescheduled'>(
  scene: Scene,
  name: Name,
) => eventsOf(test.database, scene.business.organizationId, name);

it('asks for a card where something has a fee and no deposit: for no more than the larger fee', async () => {
  const scene = await heldBy(
    await openBusiness(test, { depositMinor: null, noShowFeeMinor: 3000, lateCancellationFeeMinor: 2000 }),
  );
  expect(scene.quote).toMatchObject({
    collect: 'CARD',
    amountMinor: 3000,
    noShowFeeMinor: 3000,
    lateCancellationFeeMinor: 2000,
  });
  await secure(scene);
  expect(await statusOf(scene)).toBe('CONFIRMED');
});

it('confirms what a card stands for, once, and lets go of what comes late, of another client or of nobody', async () => {
  const business = await openBusiness(test, { depositMinor: 2000 });
  const scene = await heldBy(business);
  await secure(scene);
  await secure(scene);
  expect(await statusOf(scene)).toBe('CONFIRMED');
  const other = await heldBy(business, '2027-02-10T12:00:00.000Z');
  await secure({ ...other, quote: { ...other.quote, clientId: randomUUID() } });
  await secure({ ...other, quote: { ...other.quote, holdId: randomUUID() } });
  expect((await told(other, 'booking.refused')).map(({ reason }) => reason)).toEqual([
    'QUOTE_MISMATCH',
    'HOLD_UNKNOWN',
  ]);
});

it('gives up the slot of what nobody paid for, and owes nothing; or keeps it and tells who gives it', async () => {
  const business = await openBusiness(test, { depositMinor: 2000 });
  const [released, kept] = [await heldBy(business), await heldBy(business, '2027-02-10T12:00:00.000Z')];
  await secure(released);
  await secure(kept);
  await unpaid(released, 'RELEASE');
  await unpaid(released, 'RELEASE');
  await unpaid(kept, 'KEEP');
  expect([await statusOf(released), await statusOf(kept)]).toEqual(['CANCELLED', 'CONFIRMED']);
  expect(await told(released, 'booking.cancelled')).toEqual([
    expect.objectContaining({ cancelledBy: 'SYSTEM', refundPercent: 100 }),
  ]);
  const messages = await eventsOf(test.database, business.organizationId, 'message.requested');
  const about = messages.filter(({ template }) => template === 'booking-unpaid');
  expect(about.map(({ recipient }) => recipient)).toEqual([{ kind: 'STAFF', id: business.providerId }]);
  // What has begun is nobody's to give up any more.
  test.clock.set('2027-02-10T12:00:00Z');
  await unpaid(kept, 'RELEASE');
  expect(await statusOf(kept)).toBe('CONFIRMED');
});

describe('[payments T21] calling off at the edge of a tier', () => {
  // Europe/London puts its clocks forward on 28 March 2027 at 01:00: a day before Sunday noon is Saturday noon on the wall.
  const start = '2027-03-28T11:00:00.000Z';
  it.each([
    [
      'exactly a day before on the wall, which is twenty-three hours',
      '2027-03-27T12:00:00.000Z',
      100,
      undefined,
    ],
    ['a millisecond later', '2027-03-27T12:00:00.001Z', 60, true],
    ['twenty-four hours before, when the wall says eleven', '2027-03-27T11:00:00.000Z', 100, undefined],
  ] as const)('%s', async (...[, at, refundPercent, late]) => {
    const fee = { depositMinor: 5000, lateCancellationFeeMinor: 2000, cancellationWindowMinutes: 1440 };
    const scene = await heldBy(await openBusiness(test, { ...fee, maximumAdvanceMinutes: 525_600 }), start);
    await secure(scene);
    test.clock.set(at);
    const input = { bookingId: scene.quote['bookingId'], expectedVersion: 2 };
    expect(await mutate(test, scene.client, { query: CANCEL, input })).toMatchObject({ refundPercent });
    const [event] = await told(scene, 'booking.cancelled');
    expect([event?.late, event?.feeMinor, event?.refundPercent]).toEqual([late, late && 2000, refundPercent]);
  });

  it('asks no fee of a client whom the business itself calls off', async () => {
    const business = await openBusiness(test, { depositMinor: 5000, lateCancellationFeeMinor: 2000 });
    const scene = await heldBy(business);
    await secure(scene);
    test.clock.set('2027-02-10T09:00:00Z');
    const input = { bookingId: scene.quote['bookingId'], expectedVersion: 2 };
    await mutate(test, business.staff('MANAGER'), { query: CANCEL, input });
    const [event] = await told(scene, 'booking.cancelled');
    expect(event?.late).toBeUndefined();
  });
});

it('a booking moves to another length with its price, as its preview says, and tells it', async () => {
  const business = await openBusiness(test, { depositMinor: 2000 });
  const changed = await offer({ test, business }, 'addServiceVariant', {
    serviceId: business.serviceId,
    expectedVersion: 1,
    name: 'Long',
    durationMinutes: 90,
    priceMinor: 11_000,
    depositMinor: 2000,
  });
  const { variants } = changed['service'] as { variants: { id: string }[] };
  const scene = await heldBy(business);
  await secure(scene);
  const input = {
    bookingId: scene.quote['bookingId'],
    expectedVersion: 2,
    startsAt: '2027-02-11T10:00:00.000Z',
  };
  const { bookingId, startsAt } = input;
  const [choice] = variants;
  const preview = async (to: object) =>
    (await test.ask(scene.client, MOVE_PREVIEW, { input: { bookingId, ...to } })).data?.['reschedulePreview'];
  const [price, priceThen] = [{ amountMinor: 8000 }, { amountMinor: 11_000 }];
  expect(await preview({})).toMatchObject({ price, priceThen: null });
  expect(await preview({ startsAt })).toMatchObject({ price, priceThen: price });
  expect(await preview({ startsAt, variantId: choice?.id })).toMatchObject({
    price,
    priceThen,
    endsAt: '2027-02-11T11:30:00.000Z',
  });
  const moved = await mutate(test, scene.client, {
    query: RESCHEDULE,
    input: { ...input, variantId: choice?.id },
  });
  expect(moved).toMatchObject({
    __typename: 'BookingRescheduled',
    booking: { startsAt: input.startsAt, endsAt: '2027-02-11T11:30:00.000Z' },
  });
  expect(await told(scene, 'booking.rescheduled')).toEqual([
    expect.objectContaining({ priceMinor: 11_000, endsAt: '2027-02-11T11:30:00.000Z' }),
  ]);
  const back = { ...input, expectedVersion: 3, startsAt: '2027-02-12T10:00:00.000Z' };
  await mutate(test, scene.client, { query: RESCHEDULE, input: back });
  // Without a choice it keeps what it has, however the service costs by now.
  expect((await told(scene, 'booking.rescheduled')).at(-1)).toMatchObject({
    priceMinor: 11_000,
    endsAt: '2027-02-12T11:30:00.000Z',
  });
});

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Caller } from '@kept/passport';
import { openZone } from '../availability/engine/zone.ts';
import { book, CANCEL, hold, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { writeFees } from '../offers/fee.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { CANCEL_PREVIEW, copyInStatus, MOVE_PREVIEW } from './life-for-tests.ts';
import { Booking } from './booking.ts';
import { judgeCancellation, partOf, refundPercentOfNoShow } from './refund.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
beforeEach(() => test.clock.set(MONDAY));
afterAll(() => test.stop());

const HOUR = 3_600_000;
const NIGHTLY = process.env['KEPT_NIGHTLY'] === '1';

interface CancelPreview {
  version: number;
  refundPercent: number;
  refundFallsAfter: string | null;
  refusal: { code: string } | null;
  refund: { amountMinor: number } | null;
  kept: { amountMinor: number } | null;
  fee: { amountMinor: number } | null;
}
async function previewCancel(caller: Caller, id: string): Promise<CancelPreview> {
  const { data, errors } = await test.ask(caller, CANCEL_PREVIEW, { id });
  expect(errors).toEqual([]);
  return (data as { cancellationPreview: CancelPreview }).cancellationPreview;
}
interface MovePreview {
  version: number;
  free: boolean;
  startsAt: string | null;
  movesLeft: number;
  movableUntil: string;
  refusal: { code: string } | null;
}
async function previewMove(caller: Caller, input: Record<string, unknown>): Promise<MovePreview> {
  const { data, errors } = await test.ask(caller, MOVE_PREVIEW, { input });
  expect(errors).toEqual([]);
  return (data as { reschedulePreview: MovePreview }).reschedulePreview;
}

describe('[BOK-07] what is previewed is what happens', () => {
  let business: TestBusiness;
  let client: Caller;
  let original: string;
  // London's clocks go forward in the night to the 28th: the deadline of a day is 23 or 25 hours away.
  const startsAt = '2027-03-28T10:00:00.000Z';
  beforeAll(async () => {
    business = await openBusiness(test, { depositMinor: null, reschedulesMax: 2 });
    client = await business.client();
    original = (await book(test, client, { ...business, startsAt })).id;
    const tiers = [
      { minutesBefore: 2880, refundPercent: 100 },
      { minutesBefore: 1440, refundPercent: 60 },
      { minutesBefore: 120, refundPercent: 15 },
    ];
    await test.database.transaction(business.organizationId, (tx) =>
      tx.query('UPDATE booking SET deposit_minor = 3335, cancellation_tiers = $2 WHERE id = $1', [
        original,
        JSON.stringify(tiers),
      ]),
    );
  });

  it('when calling off: the same refusal, the same percentage, to the minute at which it changes', async () => {
    const edges = ['2027-03-26T10:00Z', '2027-03-27T10:00Z', '2027-03-28T08:00Z', '2027-03-28T10:00Z'];
    const moments = edges.flatMap((edge) => [-1, 0, 1].map((step) => Date.parse(edge) + step));
    const more = fc.sample(fc.integer({ min: -80 * 60, max: 60 }), NIGHTLY ? 200 : 6);
    for (const at of [...moments, ...more.map((minute) => Date.parse(startsAt) + minute * 60_000)]) {
      const id = await copyInStatus(test, business, { of: original, status: 'CONFIRMED' });
      test.clock.set(new Date(at));
      const preview = await previewCancel(client, id);
      const answer = await mutate(test, client, {
        query: CANCEL,
        input: { bookingId: id, expectedVersion: preview.version },
      });
      expect([at, answer['code'] ?? null]).toEqual([at, preview.refusal?.code ?? null]);
      if (preview.refusal !== null) continue;
      expect(answer['refundPercent']).toBe(preview.refundPercent);
      const told = await eventsOf(test.database, business.organizationId, 'booking.cancelled');
      expect(told.find(({ bookingId }) => bookingId === id)?.refundPercent).toBe(preview.refundPercent);
      expect((preview.refund?.amountMinor ?? 0) + (preview.kept?.amountMinor ?? 0)).toBe(3335);
    }
  });

  it('says the exact money, and the instant after which less comes back', async () => {
    const id = await copyInStatus(test, business, { of: original, status: 'CONFIRMED' });
    const fees = { noShowFeeMinor: null, lateCancellationFeeMinor: 2000 };
    await test.database.transaction(business.organizationId, (tx) => writeFees(tx, id, fees));
    test.clock.set('2027-03-26T12:00:00.000Z');
    expect(await previewCancel(client, id)).toEqual({
      version: 2,
      refundPercent: 60,
      // A day before eleven o'clock of summer time is eleven o'clock of winter time: 23 hours before.
      refundFallsAfter: '2027-03-27T11:00:00.000Z',
      refusal: null,
      deposit: { amountMinor: 3335 },
      refund: { amountMinor: 2001 },
      kept: { amountMinor: 1334, currency: 'GBP' },
      fee: { amountMinor: 666 },
    });
    // In time it costs nothing, and nobody owes a fee for what the business calls off.
    test.clock.set('2027-03-26T09:00:00.000Z');
    expect(await previewCancel(client, id)).toMatchObject({ kept: { amountMinor: 0 }, fee: null });
    test.clock.set('2027-03-26T12:00:00.000Z');
    expect(await previewCancel(business.staff('FRONT_DESK'), id)).toMatchObject({ fee: null });
  });

  it('when moving: rehearsed against the calendar as it is, and nothing of the rehearsal remains', async () => {
    // Not the one who has called off so often by now: that is found unusual.
    const client = await business.client();
    const mine = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
    await book(test, await business.client(), { ...business, startsAt: '2027-02-10T14:00:00.000Z' });
    const rows = () =>
      test.database.transaction(business.organizationId, (tx) =>
        tx.query(
          `SELECT (SELECT json_agg(b ORDER BY b.id) FROM booking b WHERE id = $1) AS bookings,
                  (SELECT json_agg(a ORDER BY a.id) FROM allocation a) AS allocations,
                  (SELECT count(*)::int FROM booking_history) AS history,
                  (SELECT count(*)::int FROM outbox WHERE organization_id = $2) AS events`,
          [mine.id, business.organizationId],
        ),
      );
    const targets = ['10:30', '14:00', '14:30', '16:00', '21:00', '10:10'];
    for (const hour of targets) {
      const startsAt = `2027-02-10T${hour}:00.000Z`;
      const before = await rows();
      const preview = await previewMove(client, { bookingId: mine.id, startsAt });
      expect(await rows()).toEqual(before);
      const input = { bookingId: mine.id, startsAt, expectedVersion: preview.version };
      const answer = await mutate(test, client, { query: RESCHEDULE, input });
      const expected = preview.refusal
        ? 'PolicyViolation'
        : preview.free
          ? 'BookingRescheduled'
          : 'SlotUnavailable';
      expect([hour, answer.__typename, answer['code'] ?? null]).toEqual([
        hour,
        expected,
        preview.refusal?.code ?? null,
      ]);
      if (preview.free) expect(answer['booking']).toMatchObject({ startsAt: preview.startsAt });
    }
    // 10:30 and 16:00 were had: the limit is reached, and said before one tries.
    expect(await previewMove(client, { bookingId: mine.id })).toMatchObject({
      movesLeft: 0,
      free: false,
      refusal: { code: 'RESCHEDULE_LIMIT' },
    });
  });

  it('is for those who may do it, and of bookings they may know of', async () => {
    for (const caller of [await business.client(), business.staff('BILLING')]) {
      const { errors } = await test.ask(caller, CANCEL_PREVIEW, { id: original });
      expect(errors[0]?.extensions?.code).toMatch(/NOT_FOUND|UNAUTHORIZED/);
    }
    const { errors } = await test.ask(client, MOVE_PREVIEW, { input: { bookingId: randomUUID() } });
    expect(errors[0]?.extensions?.code).toBe('NOT_FOUND');
  });
});

it('[BOK-07] tiers fall on the appointment’s own calendar in every zone: never more comes back later', () => {
  const anyBooking = fc.record({
    timeZone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
    day: fc.constantFrom('2027-03-14', '2027-03-28', '2027-04-04', '2027-10-03', '2027-10-31', '2027-11-07'),
    quarters: fc.integer({ min: -150, max: 150 }),
    tiers: fc.uniqueArray(
      fc.record({
        minutesBefore: fc.integer({ min: 0, max: 5000 }),
        refundPercent: fc.integer({ min: 0, max: 100 }),
      }),
      { minLength: 1, maxLength: 4, selector: ({ minutesBefore }) => minutesBefore },
    ),
    before: fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 2, maxLength: 6 }),
  });
  fc.assert(
    fc.property(anyBooking, ({ timeZone, day, quarters, tiers, before }) => {
      const startsAt = new Date(Date.parse(`${day}T12:00:00Z`) + quarters * 900_000);
      const falling = tiers
        .toSorted((a, b) => b.minutesBefore - a.minutesBefore)
        .map(({ minutesBefore }, index, all) => ({
          minutesBefore,
          refundPercent: all.map((tier) => tier.refundPercent).toSorted((a, b) => b - a)[index] ?? 0,
        }));
      const booking = Object.assign(new Booking(), {
        status: 'CONFIRMED' as const,
        timeZone,
        startsAt,
        cancellationTiers: falling,
        cancellationWindowMinutes: 0,
      });
      const percents = before
        .toSorted((a, b) => b - a)
        .map((minutes) => judgeCancellation(booking, new Date(startsAt.getTime() - minutes * 60_000)));
      for (const [index, { refundPercent, refundFallsAfter }] of percents.entries()) {
        expect(refundPercent).toBeLessThanOrEqual(percents[index - 1]?.refundPercent ?? 100);
        if (refundFallsAfter === null) continue;
        expect(judgeCancellation(booking, refundFallsAfter).refundPercent).toBe(refundPercent);
        const after = judgeCancellation(booking, new Date(refundFallsAfter.getTime() + 1));
        expect(after.refundPercent).toBeLessThanOrEqual(refundPercent);
        // Whole days are whole days on the wall there; no zone jumps by more than two hours.
        const wall = (at: Date) => at.getTime() / 60_000 + openZone(timeZone).offsetAt(at.getTime() / 60_000);
        const tier = falling.find(
          (each) =>
            each.refundPercent === refundPercent &&
            Math.abs(wall(startsAt) - wall(refundFallsAfter) - each.minutesBefore) <= 120,
        );
        expect(tier).toBeDefined();
      }
    }),
    { numRuns: NIGHTLY ? 3000 : 300 },
  );
});

it('gives back what payments gives back, to the smallest coin', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99_999_999 }),
      fc.integer({ min: 0, max: 100 }),
      (amount, percent) => {
        const exact = (amount * percent) / 100;
        expect(Math.abs(partOf(amount, percent, 'EUR') - exact)).toBeLessThanOrEqual(0.5);
        expect(partOf(amount * 10, percent, 'KWD') % 10).toBe(0);
      },
    ),
  );
  // The half coin is the client's.
  expect([partOf(50, 1, 'EUR'), partOf(49, 1, 'EUR'), partOf(250, 50, 'KWD')]).toEqual([1, 0, 130]);
});

it('not coming, and calling off late, cost what the service says, as far as the deposit reaches', () => {
  const costs = (noShowFeeMinor: number | null, depositMinor: number | null) =>
    refundPercentOfNoShow({ noShowFeeMinor, depositMinor });
  expect([
    costs(null, 2000),
    costs(500, 2000),
    costs(2000, 2000),
    costs(9000, 2000),
    costs(500, null),
  ]).toEqual([0, 75, 0, 0, 0]);
  // A third of a coin is the client's.
  expect(costs(1, 3)).toBe(67);
});

it('calling off what is only held gives its time back at once', async () => {
  const business = await openBusiness(test);
  const [client, other] = [await business.client(), await business.client()];
  const slot = { ...business, startsAt: '2027-02-03T10:00:00.000Z' };
  const held = await hold(test, client, slot);
  const id = String(held['bookingId']);
  expect(await previewCancel(client, id)).toMatchObject({ refusal: null, refundPercent: 100 });
  const cancel = { query: CANCEL, input: { bookingId: id, expectedVersion: 1 } };
  expect(await mutate(test, client, cancel)).toMatchObject({ booking: { status: 'CANCELLED' } });
  expect((await hold(test, other, slot)).__typename).toBe('SlotHold');
  test.clock.advance(HOUR);
  expect(await previewCancel(client, id)).toMatchObject({
    refusal: { code: 'NOT_ACTIVE' },
    refundPercent: 0,
  });
});

import fc from 'fast-check';
import { openZone } from '../availability/engine/zone.ts';
import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { Booking } from './booking.ts';
import { refundPercentAt } from './refund.ts';
import { refusalOfMove } from './reschedule-booking.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
beforeEach(() => test.clock.set(MONDAY));
afterAll(() => test.stop());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function appointment(timeZone: string, startsAt: Date, windowMinutes: number): Booking {
  return Object.assign(new Booking(), {
    status: 'CONFIRMED' as const,
    timeZone,
    startsAt,
    cancellationWindowMinutes: windowMinutes,
    rescheduleWindowMinutes: windowMinutes,
    reschedulesMax: 1,
    rescheduleCount: 0,
    cancellationTiers: null,
  });
}

/** A start in any zone, near the days on which clocks change. */
const anyAppointment = fc.record({
  timeZone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
  startsAt: fc
    .tuple(
      fc.constantFrom('2027-03-14', '2027-03-28', '2027-10-03', '2027-10-31', '2027-11-07', '2027-06-15'),
      fc.integer({ min: -200, max: 200 }),
    )
    .map(([day, quarters]) => new Date(Date.parse(`${day}T12:00:00Z`) + quarters * 900_000)),
});

describe('[BOK-07] the window in which it is too late', () => {
  it('is exact to the millisecond: allowed up to and at the deadline, refused after it', () => {
    fc.assert(
      fc.property(anyAppointment, fc.integer({ min: 1, max: 6000 }), ({ timeZone, startsAt }, minutes) => {
        const booking = appointment(timeZone, startsAt, minutes);
        // Found by bisection over the two answers, not by the formula under test.
        let allowed = startsAt.getTime() - 6 * DAY;
        let refused = startsAt.getTime() - 1;
        expect(refusalOfMove(booking, new Date(allowed))).toBeNull();
        expect(refusalOfMove(booking, new Date(refused))).toBe('RESCHEDULE_WINDOW');
        while (refused - allowed > 1) {
          const middle = Math.floor((allowed + refused) / 2);
          if (refusalOfMove(booking, new Date(middle)) === null) allowed = middle;
          else refused = middle;
        }
        expect(allowed % 60_000).toBe(0);
        // No zone changes its clock by more than two hours (Antarctica/Troll does; Lord Howe by half of one).
        expect(Math.abs(startsAt.getTime() - minutes * 60_000 - allowed)).toBeLessThanOrEqual(2 * HOUR);
        expect(refundPercentAt(booking, new Date(allowed))).toBe(100);
        expect(refundPercentAt(booking, new Date(refused))).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('of a day ends at the same hour on the wall the day before, whatever the clocks did in between', () => {
    fc.assert(
      fc.property(anyAppointment, ({ timeZone, startsAt }) => {
        const wall = (at: number) => {
          const minute = at / 60_000;
          return minute + openZone(timeZone).offsetAt(minute);
        };
        const yesterday = wall(startsAt.getTime()) - 1440;
        const deadline = [-2, -1, -0.5, 0, 0.5, 1, 2]
          .map((hours) => startsAt.getTime() - DAY + hours * HOUR)
          .find((at) => wall(at) === yesterday);
        // Yesterday's clock may have jumped over that very minute; then there is no such hour to compare with.
        fc.pre(deadline !== undefined);
        const booking = appointment(timeZone, startsAt, 1440);
        expect(refundPercentAt(booking, new Date(deadline ?? 0))).toBe(100);
        expect(refundPercentAt(booking, new Date((deadline ?? 0) + 1))).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});

describe('[BOK-07] through the graph', () => {
  it('refuses with a policy code what is too late to move, and keeps the deposit of what is too late to cancel', async () => {
    const business = await openBusiness(test);
    const client = await business.client();
    const booking = await book(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
    const change = { bookingId: booking.id, expectedVersion: 2 };
    const move = { query: RESCHEDULE, input: { ...change, startsAt: '2027-02-05T10:00:00.000Z' } };
    test.clock.set('2027-02-02T10:00:00.001Z');
    expect(await mutate(test, client, move)).toMatchObject({
      __typename: 'PolicyViolation',
      code: 'RESCHEDULE_WINDOW',
      message: 'It is too late to move this appointment.',
    });
    expect(await mutate(test, client, { query: CANCEL, input: change })).toMatchObject({ refundPercent: 0 });
    test.clock.set('2027-02-03T10:00:00Z');
    const late = await book(test, client, { ...business, startsAt: '2027-02-03T11:00:00.000Z' });
    test.clock.set('2027-02-03T11:00:00Z');
    const tooLate = { bookingId: late.id, expectedVersion: 2 };
    expect(await mutate(test, client, { query: CANCEL, input: tooLate })).toMatchObject({
      code: 'ALREADY_STARTED',
    });
  });

  it('counts reschedules, also when all are asked for at once', async () => {
    const business = await openBusiness(test, { reschedulesMax: 2 });
    const client = await business.client();
    const booking = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
    let version = booking.version;
    const moved: unknown[] = [];
    for (let round = 0; round < 4; round += 1) {
      const attempts = ['08', '09', '10', '11', '12', '13'].map((hour) =>
        mutate(test, client, {
          query: RESCHEDULE,
          input: {
            bookingId: booking.id,
            expectedVersion: version,
            startsAt: `2027-02-1${1 + round}T${hour}:00:00.000Z`,
          },
        }),
      );
      const answers = await Promise.all(attempts);
      const done = answers.filter(({ __typename }) => __typename === 'BookingRescheduled');
      moved.push(done.length);
      version += done.length;
      if (round >= 2) expect(answers[0]).toMatchObject({ code: 'RESCHEDULE_LIMIT' });
    }
    expect(moved).toEqual([1, 1, 0, 0]);
  });

  it('is kept by PostgreSQL as well: the counter cannot pass its limit, nor a status go back', async () => {
    const business = await openBusiness(test, { reschedulesMax: 0 });
    const client = await business.client();
    const booking = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
    const write = (sql: string) =>
      test.database.transaction(business.organizationId, (tx) =>
        tx.query(`UPDATE booking SET ${sql} WHERE id = $1`, [booking.id]),
      );
    const refusal = (constraint: string) => ({ driverError: { constraint } });
    await expect(write('reschedule_count = 1')).rejects.toMatchObject(
      refusal('reschedules_stay_within_their_limit'),
    );
    await expect(write(`status = 'PENDING_PAYMENT', version = 3`)).rejects.toMatchObject(
      refusal('booking_moves_only_forward'),
    );
    await expect(write(`status = 'COMPLETED'`)).rejects.toMatchObject(
      refusal('each_change_raises_the_version'),
    );
    await expect(write(`client_id = gen_random_uuid()`)).rejects.toMatchObject(
      refusal('a_booking_keeps_its_identity'),
    );
    await expect(
      write(`status = 'COMPLETED', version = 3, starts_at = starts_at - interval '1 hour'`),
    ).rejects.toMatchObject(refusal('only_confirmed_bookings_move'));
  });
});

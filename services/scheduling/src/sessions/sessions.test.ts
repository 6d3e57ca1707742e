import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { minutesAfter, outcomeSeenFromOutside, tryToHold } from '../arbiter/race-for-tests.ts';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { attemptAlone, bareBookings } from '../offers/bookings-for-tests.ts';
import { openBusiness, type TestBusiness } from '../scheduling-for-tests.ts';
import { keepSeats, releaseSeats } from './keep-seats.ts';
import { moveSeats } from './move-seats.ts';
import { readSessions } from './read-sessions.ts';
import { takeSeats } from './take-seats.ts';

const nightly = (quick: number, large: number): number =>
  process.env['KEPT_NIGHTLY'] === '1' ? large : quick;
const now = new Date('2027-02-01T05:00:00Z');
const later = new Date(now.getTime() + 900_000);
const day = now.getTime() + 86_400_000;
const CAPACITY = 8;

let stored: ThrowAwayDatabase;
let business: TestBusiness;
beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
    poolMax: 20,
  });
});
afterAll(() => stored.drop());
beforeEach(async () => {
  business = await openBusiness({ ...stored, clock: () => now }, { capacity: CAPACITY });
});

const windowAt = (hour: number) => minutesAfter(day, hour * 60, 60);
function seatsAt(
  hour: number,
  bookingId: string,
  more: { seats?: number; at?: Date; expiresAt?: Date | null } = {},
) {
  const { start, end } = windowAt(hour);
  const { serviceId, providerId } = business;
  const { seats = 1, at = now, expiresAt = later } = more;
  return {
    key: {
      serviceId,
      providerId,
      startsAt: start,
      endsAt: end,
      capacity: CAPACITY,
      windows: [{ resourceId: providerId, start, end }],
    },
    bookingId,
    seats,
    expiresAt,
    now: at,
  };
}
const take = (...asked: Parameters<typeof seatsAt>): Promise<boolean> =>
  attemptAlone(
    stored.database,
    business.organizationId,
    async (tx) => (await takeSeats(tx, seatsAt(...asked))) === 'TAKEN',
  );
const release = (bookingId: string) =>
  stored.database.transaction(business.organizationId, (tx) => releaseSeats(tx, bookingId));
const keep = (bookingId: string, at: Date) =>
  stored.database.transaction(business.organizationId, (tx) =>
    keepSeats(tx, { bookingId, until: null, now: at }),
  );
const holdProvider = (hour: number, at = now) =>
  tryToHold(stored.database, {
    organizationId: business.organizationId,
    windows: [{ resourceId: business.providerId, ...windowAt(hour) }],
    now: at,
  });
async function rooms(at = now): Promise<number[]> {
  const asked = {
    serviceId: business.serviceId,
    from: new Date(day),
    to: new Date(day + 86_400_000),
    now: at,
  };
  const read = await stored.database.transaction(business.organizationId, (tx) => readSessions(tx, asked));
  return read.map(({ remainingCapacity }) => remainingCapacity);
}

it('[BOK-04] the first and the last seat raced: fifty callers, eight seats, one session', async () => {
  const bookings = await bareBookings(stored.database, business, 50);
  for (let round = 0; round < nightly(3, 30); round += 1) {
    const answers = await Promise.all(bookings.map((id) => take(9, id)));
    expect(answers.filter(Boolean)).toHaveLength(CAPACITY);
    expect(await rooms()).toEqual([0]);
    const [sessions] = await stored.database.transaction(business.organizationId, (tx) =>
      tx.query('SELECT count(*)::int AS made, sum(seats_taken)::int AS seats FROM group_session'),
    );
    expect(sessions).toEqual({ made: 1, seats: CAPACITY });
    // All leave at once; with the last seat the time is free again.
    await Promise.all(bookings.map(release));
    expect(await rooms()).toEqual([]);
  }
  expect(await holdProvider(9)).toBe(true);
  expect(await outcomeSeenFromOutside(stored)).toEqual({ overlaps: 0, deadlocks: 0 });
  expect(stored.database.counters.retries).toBe(0);
});

it('[BOK-04] sessions, appointments and moves between sessions beside each other: no overlap, no deadlock, right counts', async () => {
  const bookings = await bareBookings(stored.database, business, nightly(20, 40));
  for (let round = 0; round < nightly(10, 60); round += 1) {
    const at = new Date(now.getTime() + round * 400_000);
    await Promise.all([
      ...bookings.map((bookingId, index) => {
        const hour = 8 + ((index * 5 + round * 3) % 4) * 0.5;
        return attemptAlone(stored.database, business.organizationId, async (tx) => {
          const asked = seatsAt(hour, bookingId, { at, expiresAt: new Date(at.getTime() + 600_000) });
          if ((index + round) % 7 > 0) return (await moveSeats(tx, asked)) === 'TAKEN';
          await releaseSeats(tx, bookingId);
          return true;
        });
      }),
      ...[8, 8.5, 9, 9.5].map((hour) => holdProvider(hour, at)),
    ]);
    const [row] = await stored.database.transaction(business.organizationId, (tx) =>
      tx.query<{ wrong: number }>(
        `SELECT count(*)::int AS wrong FROM group_session g WHERE g.seats_taken > g.capacity OR g.seats_taken <>
           (SELECT COALESCE(sum(seats), 0) FROM session_seat s WHERE s.session_id = g.id AND s.counted)`,
      ),
    );
    expect(row?.wrong).toBe(0);
  }
  expect(await outcomeSeenFromOutside(stored)).toEqual({ overlaps: 0, deadlocks: 0 });
  expect(stored.database.counters.retries).toBe(0);
});

it('[BOK-04] pairs of sessions that move across each other: they wait in one order, and nobody loses a seat', async () => {
  const bookings = await bareBookings(stored.database, business, 8);
  const homeOf = (index: number): number => 8 + index;
  for (const [index, bookingId] of bookings.entries()) {
    expect(await take(homeOf(index), bookingId, { expiresAt: null })).toBe(true);
  }
  for (let round = 0; round < nightly(15, 200); round += 1) {
    const arrived = await Promise.all(
      bookings.map((bookingId, index) => {
        // Half an hour into the neighbour's time, from both sides at once.
        const hour = homeOf(index) + (index % 2 ? -0.5 : 1.5);
        return attemptAlone(
          stored.database,
          business.organizationId,
          async (tx) => (await moveSeats(tx, seatsAt(hour, bookingId, { expiresAt: null }))) === 'TAKEN',
        );
      }),
    );
    expect(arrived.some(Boolean)).toBe(false);
  }
  expect(await rooms()).toEqual(bookings.map(() => CAPACITY - 1));
  expect((await outcomeSeenFromOutside(stored)).overlaps).toBe(0);
  expect(stored.database.counters.retries).toBe(0);
});

it('one attendee who leaves takes nobody along, and several seats count as several', async () => {
  const [family = '', one = '', more = ''] = await bareBookings(stored.database, business, 3);
  expect(await take(9, family, { seats: 5 })).toBe(true);
  expect(await take(9, one, { seats: 4 })).toBe(false);
  expect(await take(9, one, { seats: 2 })).toBe(true);
  expect(await rooms()).toEqual([1]);
  await release(one);
  expect(await rooms()).toEqual([3]);
  expect(await holdProvider(9)).toBe(false);
  expect(await take(9, more, { seats: 9 })).toBe(false);
  await release(family);
  expect(await take(9, more, { seats: 9 })).toBe(false);
  expect(await holdProvider(9)).toBe(true);
});

it('held seats run out at their time without a sweep; the session stays while one booking stands', async () => {
  const [slow = '', sure = '', next = ''] = await bareBookings(stored.database, business, 3);
  expect(await take(9, slow, { seats: 6 })).toBe(true);
  expect(await take(9, next, { seats: 3 })).toBe(false);
  // All that were held ran out: the provider is free for something else.
  expect(await rooms(later)).toEqual([]);
  expect(await take(9, sure, { seats: 3, at: later, expiresAt: null })).toBe(true);
  expect(await keep(slow, now)).toBe(false);
  expect(await take(9, next, { seats: 5, at: later, expiresAt: new Date(later.getTime() + 60_000) })).toBe(
    true,
  );
  const muchLater = new Date(later.getTime() + 3_600_000);
  expect(await rooms(muchLater)).toEqual([CAPACITY - 3]);
  expect(await keep(next, muchLater)).toBe(false);
  expect(await keep(sure, muchLater)).toBe(true);
  expect(await holdProvider(9, muchLater)).toBe(false);
  await release(sure);
  expect(await holdProvider(9, muchLater)).toBe(true);
});

it('a session never shares its provider with anything else, nor its start with another length', async () => {
  const [one = '', two = ''] = await bareBookings(stored.database, business, 2);
  expect(await holdProvider(9)).toBe(true);
  expect(await take(9.5, one)).toBe(false);
  expect(await take(10, one)).toBe(true);
  const { key, ...asked } = seatsAt(10, two);
  const endsAt = new Date(key.endsAt.getTime() + 1_800_000);
  const windows = key.windows.map((window) => ({ ...window, end: endsAt }));
  const outcome = stored.database.transaction(business.organizationId, (tx) =>
    takeSeats(tx, { ...asked, key: { ...key, endsAt, windows } }),
  );
  expect(await outcome).toBe('BLOCKED');
});

it('the constraint holds without the check before it', async () => {
  const [one = ''] = await bareBookings(stored.database, business, 1);
  await take(9, one, { seats: CAPACITY });
  const over = stored.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE group_session SET seats_taken = seats_taken + 1'),
  );
  await expect(over).rejects.toMatchObject({ driverError: { constraint: 'seats_taken_fit_the_capacity' } });
});

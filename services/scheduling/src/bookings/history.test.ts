import type { Caller } from '@kept/passport';
import { CANCEL, CONFIRM, hold, mutate, RELEASE, RESCHEDULE, type Answer } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 16 });
});
afterAll(() => test.stop());

interface Told {
  id: string;
  startsAt: string;
  endsAt: string;
  version: number;
  status: string;
}

/** One of sixty half hours on three days: room enough that much of what is asked for is got. */
const half = (index: number): string =>
  new Date(
    Date.parse('2027-02-03T08:00:00Z') + Math.floor(index / 20) * 86_400_000 + (index % 20) * 1_800_000,
  ).toISOString();
const some = (count: number): number => Math.floor(Math.random() * count);

/** One person who books, moves, cancels and gives up at random, and remembers only what they were told. */
async function live(business: TestBusiness, client: Caller, steps: number): Promise<Told[]> {
  const told = new Map<string, Told>();
  const remember = (answer: Answer): void => {
    const booking = answer['booking'] as Told | undefined;
    if (booking) told.set(booking.id, booking);
  };
  for (let step = 0; step < steps; step += 1) {
    const mine = [...told.values()].filter(({ status }) => status === 'CONFIRMED');
    const booking = mine[some(mine.length)];
    const change = booking && { bookingId: booking.id, expectedVersion: booking.version };
    const choice = some(10);
    if (change && choice < 3) {
      remember(
        await mutate(test, client, { query: RESCHEDULE, input: { ...change, startsAt: half(some(60)) } }),
      );
    } else if (change && choice < 5) {
      remember(await mutate(test, client, { query: CANCEL, input: change }));
    } else {
      const held = await hold(test, client, { ...business, startsAt: half(some(60)) });
      if (held.__typename !== 'SlotHold') continue;
      const input = { holdId: held['id'] };
      if (choice === 9) await mutate(test, client, { query: RELEASE, input });
      else remember(await mutate(test, client, { query: CONFIRM, input }));
    }
  }
  return [...told.values()].filter(({ status }) => status === 'CONFIRMED');
}

it('[BOK-04] what many were told at the same time never overlaps, and is what the database holds', async () => {
  const business = await openBusiness(test, { reschedulesMax: 50, bufferAfterMinutes: 10 });
  const people = await Promise.all(Array.from({ length: 10 }, () => business.client()));
  const told = (await Promise.all(people.map((client) => live(business, client, 25)))).flat();
  expect(told.length).toBeGreaterThan(4);
  const sorted = told.toSorted((a, b) => a.startsAt.localeCompare(b.startsAt));
  for (const [index, booking] of sorted.entries()) {
    const next = sorted[index + 1];
    // The buffer belongs to the booking.
    if (next) expect(Date.parse(booking.endsAt) + 600_000).toBeLessThanOrEqual(Date.parse(next.startsAt));
  }
  const stored = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ id: string; blocked: Date }>(
      `SELECT b.id, a.starts_at AS blocked FROM booking b JOIN allocation a ON a.owner_id = b.id AND a.status = 'confirmed'
       WHERE b.status = 'CONFIRMED' AND a.starts_at = b.starts_at ORDER BY b.starts_at`,
    ),
  );
  expect(stored.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
});

import fc from 'fast-check';
import type { Caller } from '@kept/passport';
import { CANCEL, book, mutate } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { ACCEPT, DECLINE, entriesOf, join, wake } from './waitlist-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
afterAll(() => test.stop());

/**
 * Two times of one day, both taken, and people who wait for either. What happens then is a list of these; `nth` counts
 * those it can be about: bookings to call off, people who are asked, people who do not wait.
 */
interface Step {
  does: 'join' | 'accept' | 'decline' | 'cancel' | 'lapse';
  nth: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('join', 'accept', 'decline', 'cancel', 'lapse'),
  nth: fc.nat(9),
});
const story = fc.record({
  first: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 3 }),
  // Something is asked at once, and something is not answered in the end.
  steps: fc
    .array(step, { minLength: 2, maxLength: 5 })
    .map((some): Step[] => [
      { does: 'cancel', nth: some.length },
      ...some,
      { does: 'cancel', nth: 0 },
      { does: 'lapse', nth: 0 },
    ]),
});
const TIMES = ['2027-02-03T10:00:00.000Z', '2027-02-03T12:00:00.000Z'];
const MINUTE = 60_000;

interface Waiter {
  who: number;
  turn: number;
  lapses: number;
  asked: string[];
  offer: { time: string; until: number } | null;
}

/** Who should be asked about what, in words as plain as can be; it knows nothing of holds, bookings or SQL. */
class Model {
  readonly waiting: Waiter[] = [];
  readonly takenBy = new Map<string, number | 'owner'>();
  clock = 0;

  give(now: number): void {
    const turns = this.waiting.toSorted((one, other) => one.turn - other.turn);
    for (const waiter of turns.filter(({ offer }) => offer === null)) {
      const kept = this.waiting.map(({ offer }) => offer?.time);
      const time = TIMES.find(
        (each) => !this.takenBy.has(each) && !kept.includes(each) && !waiter.asked.includes(each),
      );
      if (time === undefined) continue;
      const left = (Date.parse(time) - now) / MINUTE;
      const minutes = Math.floor(Math.min(720, Math.max(15, left / 4)));
      waiter.offer = { time, until: now + minutes * MINUTE };
      waiter.asked.push(time);
    }
  }

  lapseUntil(now: number): void {
    for (const waiter of this.waiting.slice()) {
      if (waiter.offer === null || waiter.offer.until > now) continue;
      waiter.offer = null;
      waiter.lapses += 1;
      waiter.turn = now;
      if (waiter.lapses === 3) this.waiting.splice(this.waiting.indexOf(waiter), 1);
    }
  }
}

it('[scheduling F13] asks in the order that a plain model asks in, whatever people do', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ first, steps }) => {
      test.clock.set(MONDAY);
      const business = await openBusiness(test, { slotIntervalMinutes: 60 });
      await test.database.transaction(business.organizationId, (tx) =>
        tx.query(
          `UPDATE weekly_rule SET start_minute = CASE WHEN day_of_week = 3 THEN 600 ELSE 720 END,
             end_minute = CASE WHEN day_of_week = 3 THEN 660 ELSE 780 END, day_of_week = 3
           WHERE day_of_week IN (3, 4)`,
        ),
      );
      await test.database.transaction(business.organizationId, (tx) =>
        tx.query('DELETE FROM weekly_rule WHERE day_of_week <> 3'),
      );
      const owner = await business.client();
      const people: Caller[] = [];
      for (let index = 0; index < 5; index += 1) people.push(await business.client());
      const model = new Model();
      const bookings = new Map<string, { id: string; version: number; by: Caller }>();
      for (const startsAt of TIMES) {
        bookings.set(startsAt, { ...(await book(test, owner, { ...business, startsAt })), by: owner });
        model.takenBy.set(startsAt, 'owner');
      }
      const nameOf = (clientId: string) => people.findIndex(({ accountId }) => accountId === clientId);
      const world = { business, people, model, bookings };
      for (const who of first) {
        test.clock.set(new Date(test.clock().getTime() + MINUTE));
        await joinAs(who, world);
      }
      for (const each of steps) {
        test.clock.set(new Date(test.clock().getTime() + MINUTE));
        await act(each, world);
        const now = test.clock().getTime();
        model.lapseUntil(now);
        model.give(now);
        await wake(test, business);
        const shown = (await entriesOf(test, business.staff('MANAGER'))).filter(({ status }) =>
          ['WAITING', 'OFFERED'].includes(status),
        );
        const expected = model.waiting.toSorted((one, other) => one.turn - other.turn);
        expect(shown.map(({ client, offer }) => [nameOf(client.id), offer?.hold.startsAt ?? null])).toEqual(
          expected.map(({ who, offer }) => [who, offer?.time ?? null]),
        );
      }
    }),
    { numRuns: process.env['KEPT_NIGHTLY'] ? 150 : 4 },
  );
});

interface World {
  business: TestBusiness;
  people: readonly Caller[];
  model: Model;
  bookings: Map<string, { id: string; version: number; by: Caller }>;
}

const pick = <T>(items: readonly T[], nth: number): T | undefined => items[nth % Math.max(1, items.length)];

async function joinAs(who: number, { business, people, model }: World): Promise<void> {
  const person = people[who];
  if (person === undefined) return;
  expect((await join(test, person, { business })).__typename).toBe('WaitlistJoined');
  const turn = test.clock().getTime();
  model.waiting.push({ who, turn, lapses: 0, asked: [], offer: null });
}

async function act({ does, nth }: Step, world: World): Promise<void> {
  const { people, model, bookings } = world;
  const now = test.clock().getTime();
  if (does === 'lapse') {
    test.clock.set(new Date(now + 721 * MINUTE));
  } else if (does === 'cancel') {
    const booked = pick([...bookings], nth);
    if (booked === undefined || Date.parse(booked[0]) <= now) return;
    const [time, booking] = booked;
    const input = { bookingId: booking.id, expectedVersion: booking.version };
    expect((await mutate(test, booking.by, { query: CANCEL, input })).__typename).toBe('BookingCancelled');
    bookings.delete(time);
    model.takenBy.delete(time);
  } else if (does === 'join') {
    const idle = [...people.keys()].filter((who) => model.waiting.every((waiter) => waiter.who !== who));
    const who = pick(idle, nth);
    if (who !== undefined) await joinAs(who, world);
  } else {
    const asked = model.waiting.filter(({ offer }) => offer !== null && offer.until > now);
    const waiter = pick(asked, nth);
    if (waiter !== undefined) await answer(waiter, does, world);
  }
}

async function answer(
  waiter: Waiter,
  does: 'accept' | 'decline',
  { people, model, bookings }: World,
): Promise<void> {
  const person = people[waiter.who];
  if (person === undefined || waiter.offer === null) return;
  const mine = await entriesOf(test, person);
  const offerId = mine.find(({ offer }) => offer !== null)?.offer?.id;
  const query = does === 'accept' ? ACCEPT : DECLINE;
  const answered = await mutate(test, person, { query, input: { offerId } });
  if (does === 'decline') {
    expect(answered.__typename).toBe('OfferDeclined');
    waiter.offer = null;
    return;
  }
  expect(answered.__typename).toBe('OfferAccepted');
  const booking = answered['booking'] as { id: string; version: number };
  bookings.set(waiter.offer.time, { ...booking, by: person });
  model.takenBy.set(waiter.offer.time, waiter.who);
  model.waiting.splice(model.waiting.indexOf(waiter), 1);
}

import fc from 'fast-check';
import type { Caller } from '@kept/passport';
import { CANCEL, book, mutate } from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { ACCEPT, DECLINE, entriesOf, join, wake } from './waitlist-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
afterAll(() => test.stop());

/** Two times of one day; everybody waits for either. What happens is a list of these, with whom or which it is about. */
type Step =
  | { does: 'join' | 'accept' | 'decline'; who: number }
  | { does: 'cancel'; which: number }
  | { does: 'lapse' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('join' as const), who: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('cancel' as const), which: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom('accept' as const, 'decline' as const), who: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'lapse' as const }) },
);
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
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
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
      for (const each of steps) {
        test.clock.set(new Date(test.clock().getTime() + MINUTE));
        await act(each, { business, people, model, bookings });
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
    { numRuns: process.env['KEPT_NIGHTLY'] ? 150 : 8 },
  );
});

async function act(
  each: Step,
  {
    business,
    people,
    model,
    bookings,
  }: {
    business: Awaited<ReturnType<typeof openBusiness>>;
    people: readonly Caller[];
    model: Model;
    bookings: Map<string, { id: string; version: number; by: Caller }>;
  },
): Promise<void> {
  const now = test.clock().getTime();
  if (each.does === 'lapse') {
    test.clock.set(new Date(now + 721 * MINUTE));
    return;
  }
  if (each.does === 'cancel') {
    const time = TIMES[each.which] ?? '';
    const booking = bookings.get(time);
    if (booking === undefined || Date.parse(time) <= now) return;
    const input = { bookingId: booking.id, expectedVersion: booking.version };
    expect((await mutate(test, booking.by, { query: CANCEL, input })).__typename).toBe('BookingCancelled');
    bookings.delete(time);
    model.takenBy.delete(time);
    return;
  }
  const person = people[each.who];
  if (person === undefined) return;
  const waiter = model.waiting.find(({ who }) => who === each.who);
  if (each.does === 'join') {
    if (waiter !== undefined) return;
    await join(test, person, { business });
    model.waiting.push({ who: each.who, turn: now, lapses: 0, asked: [], offer: null });
    return;
  }
  if (waiter?.offer == null || waiter.offer.until <= now) return;
  const mine = await entriesOf(test, person);
  const offerId = mine.find(({ offer }) => offer !== null)?.offer?.id;
  const query = each.does === 'accept' ? ACCEPT : DECLINE;
  const answer = await mutate(test, person, { query, input: { offerId } });
  if (each.does === 'decline') {
    expect(answer.__typename).toBe('OfferDeclined');
    waiter.offer = null;
    return;
  }
  expect(answer.__typename).toBe('OfferAccepted');
  bookings.set(waiter.offer.time, { ...(answer['booking'] as { id: string; version: number }), by: person });
  model.takenBy.set(waiter.offer.time, each.who);
  model.waiting.splice(model.waiting.indexOf(waiter), 1);
}

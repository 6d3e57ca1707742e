import fc from 'fast-check';
import { assign } from '../availability/engine/assign.ts';
import { fairOrder, type Load } from './fair-order.ts';

const load = (providerId: string, upcomingMinutes: number, last: string | null = null): Load => ({
  providerId,
  upcomingMinutes,
  lastBookedAt: last === null ? null : new Date(last),
});

it('fewest minutes ahead first, then the longest wait, then the id; and says why', () => {
  const places = fairOrder([
    load('d', 60, '2027-01-30'),
    load('c', 30, '2027-01-30'),
    load('b', 30, '2027-01-20'),
    load('a', 30),
    load('e', 60, '2027-01-30'),
  ]);
  expect(places.map(({ providerId, rank, because }) => [providerId, rank, because])).toEqual([
    ['a', 1, 'LONGER_WAIT'],
    ['b', 2, 'LONGER_WAIT'],
    ['c', 3, 'FEWER_MINUTES'],
    ['d', 4, 'SAME_SO_BY_ID'],
    ['e', 5, 'LAST'],
  ]);
});

const loads = fc.uniqueArray(
  fc.record({
    providerId: fc.uuid({ version: 4 }),
    upcomingMinutes: fc.integer({ min: 0, max: 5 }).map((hours) => hours * 60),
    lastBookedAt: fc.option(
      fc.date({ min: new Date('2027-01-01'), max: new Date('2027-01-05'), noInvalidDate: true }),
    ),
  }),
  { selector: ({ providerId }) => providerId, maxLength: 12 },
);

it('the order does not depend on the order of asking, and nobody comes before one who has less ahead', () => {
  fc.assert(
    fc.property(loads, (some) => {
      const order = fairOrder(some).map(({ providerId }) => providerId);
      expect(fairOrder(some.toReversed()).map(({ providerId }) => providerId)).toEqual(order);
      const minutes = order.map((id) => some.find(({ providerId }) => providerId === id)?.upcomingMinutes);
      expect(minutes).toEqual(minutes.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
    }),
  );
});

it('whoever is chosen each time by that order is booked as often as everybody, give or take one', () => {
  const minutes = new Map(['a', 'b', 'c', 'd', 'e'].map((id) => [id, 0]));
  for (let booking = 0; booking < 103; booking += 1) {
    const [first] = fairOrder([...minutes].map(([id, upcoming]) => load(id, upcoming)));
    const id = first?.providerId ?? '';
    minutes.set(id, (minutes.get(id) ?? 0) + 60);
  }
  const counts = [...minutes.values()];
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(60);
});

it('gives everybody a place of their own exactly when that is possible at all', () => {
  const places = fc.array(fc.subarray(['a', 'b', 'c', 'd', 'e']), { maxLength: 5 });
  fc.assert(
    fc.property(places, (choices) => {
      const assigned = assign(choices);
      expect(assigned !== null).toBe(canBeDone(choices, new Set()));
      if (assigned === null) return;
      expect(new Set(assigned).size).toBe(choices.length);
      for (const [place, member] of assigned.entries()) expect(choices[place]).toContain(member);
    }),
  );
});

/** By trying everything. */
function canBeDone(choices: readonly (readonly string[])[], used: ReadonlySet<string>): boolean {
  const [first, ...others] = choices;
  if (first === undefined) return true;
  return first.some((member) => !used.has(member) && canBeDone(others, new Set([...used, member])));
}

import fc from 'fast-check';
import { anyBusy, anyQuestion, minuteOf } from './arbitraries.ts';
import { canAssign } from './assign.ts';
import { startsOfGroups, type Group } from './groups.ts';
import { offeredSlots, offeredStarts, type OfferQuestion } from './offer.ts';
import { coveredByAtLeast, holds, startsOfAll } from './together.ts';
import { openZone } from './zone.ts';

const runs = { numRuns: 60 };
const day = minuteOf('2027-03-13T00:00Z');
const terms = {
  durationMinutes: 60,
  slotIntervalMinutes: 15,
  bufferBeforeMinutes: 5,
  bufferAfterMinutes: 10,
  minimumLeadMinutes: 0,
  maximumAdvanceMinutes: 1e6,
};
const asked: OfferQuestion = {
  range: { start: day, end: day + 1440 },
  nowMinute: day - 1440,
  booker: openZone('Europe/London'),
};
const rules = [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, startMinute: 480, endMinute: 1200 }));
const staff = { zone: openZone('Europe/London'), rules, overrides: [], busy: [] };

/** Free for the whole slot, buffers included: asked minute by minute, of one member. */
const isFree = (busy: readonly number[], start: number): boolean =>
  !busy.some(
    (from, edge) =>
      edge % 2 === 0 &&
      from < start + 70 &&
      start - 5 < (busy[edge + 1] ?? from) &&
      (busy[edge + 1] ?? from) > from,
  );

const anyRooms = (count: number) =>
  fc
    .array(anyBusy(day), { minLength: count, maxLength: count })
    .map((all) => all.map((busy, index) => ({ id: `room ${index}`, busy })));

describe('staff, rooms and equipment together', () => {
  it('offers a start exactly when n rooms are each free for the whole of it', () => {
    let [offered, hidden] = [0, 0];
    fc.assert(
      fc.property(anyRooms(4), fc.integer({ min: 1, max: 4 }), (members, required) => {
        const together = startsOfGroups([{ members, required }], terms, asked);
        const starts = new Set(offeredStarts({ ...staff, together }, terms, asked));
        for (const start of offeredStarts(staff, terms, asked)) {
          const enough = members.filter(({ busy }) => isFree(busy, start)).length >= required;
          expect(starts.has(start)).toBe(enough);
          if (enough) offered += 1;
          else hidden += 1;
        }
      }),
      runs,
    );
    expect(Math.min(offered, hidden)).toBeGreaterThan(100);
  });
  it('never joins two rooms that are free for half a slot each into one that is', () => {
    const nine = day + 540;
    const half = [
      { id: 'until half past nine', busy: [nine + 30, nine + 600] },
      { id: 'from half past nine', busy: [nine - 600, nine + 30] },
    ];
    const together = startsOfGroups(
      [{ members: half, required: 1 }],
      { ...terms, bufferAfterMinutes: 0, bufferBeforeMinutes: 0 },
      asked,
    );
    expect(holds(together ?? [], nine)).toBe(false);
    expect(holds(together ?? [], nine - 30)).toBe(true);
    expect(holds(together ?? [], nine + 30)).toBe(true);
  });
  it('counts a room that two groups share once, and else gives each group its own', () => {
    fc.assert(
      fc.property(anyRooms(4), (rooms) => {
        const groups: Group[] = [
          { members: rooms.slice(0, 3), required: 1 },
          { members: rooms.slice(1, 4), required: 2 },
        ];
        const together = startsOfGroups(groups, terms, asked) ?? [];
        for (let start = day + 480; start < day + 1200; start += 15) {
          const free = rooms.map(({ busy }) => isFree(busy, start));
          const choices = [0, 1, 2].some(
            (one) =>
              free[one] === true && [1, 2, 3].filter((two) => two !== one && free[two] === true).length >= 2,
          );
          expect(holds(together, start)).toBe(choices);
        }
      }),
      runs,
    );
  });
  it('with nothing needed nothing stands in the way; with more needed than there is, everything does', () => {
    expect(startsOfGroups([], terms, asked)).toBeNull();
    expect(startsOfAll([{ members: [], required: 1 }], 60)).toEqual([]);
    expect(coveredByAtLeast([[0, 10]], 2)).toEqual([]);
    expect(canAssign([['a'], ['a', 'b'], ['b']])).toBe(false);
    expect(canAssign([['a', 'b'], ['a']])).toBe(true);
  });
});

describe('group sessions', () => {
  const ten = day + 600;
  const session = (seatsLeft: number) => ({
    ...staff,
    busy: [ten - 5, ten + 70],
    sessions: [{ startMinute: ten, seatsLeft }],
  });
  const find = (seatsLeft: number, seats: number) =>
    offeredSlots(session(seatsLeft), { ...terms, capacity: 8 }, { ...asked, seats }).find(
      ({ startMinute }) => startMinute === ten,
    );
  it('stay offered while as many seats are left as are wanted, with their number', () => {
    expect(find(3, 2)).toEqual({ startMinute: ten, remainingCapacity: 3 });
    expect(find(3, 4)).toBeUndefined();
    expect(find(0, 1)).toBeUndefined();
  });
  it('are offered whole elsewhere, and to nobody who wants more than there is', () => {
    const all = offeredSlots(session(3), { ...terms, capacity: 8 }, { ...asked, seats: 5 });
    expect(new Set(all.map(({ remainingCapacity }) => remainingCapacity))).toEqual(new Set([8]));
    expect(offeredSlots(staff, { ...terms, capacity: 8 }, { ...asked, seats: 9 })).toEqual([]);
  });
});

it('what is in the way of one more room never offers more, and a room more never offers less', () => {
  fc.assert(
    fc.property(anyQuestion, anyRooms(2), (q, members) => {
      const question = { range: { start: day, end: day + 1440 }, nowMinute: day - 60, booker: q.booker };
      const fine = { ...terms, slotIntervalMinutes: 15 };
      const within = (some: Group['members']) =>
        offeredStarts(
          {
            ...staff,
            busy: q.busy,
            together: startsOfGroups([{ members: some, required: 1 }], fine, question),
          },
          fine,
          question,
        );
      const more = new Set(within(members));
      for (const start of within(members.slice(0, 1))) expect(more).toContain(start);
    }),
    runs,
  );
});

import fc from 'fast-check';
import { anyQuestion, everyZone, minuteOf } from './arbitraries.ts';
import { deadlineBefore } from './deadline.ts';
import { offeredStarts, refusalOfStart } from './offer.ts';
import { openZone, UnknownTimeZone } from './zone.ts';

const runs = { numRuns: 200 };

/** The platform's own answer, asked in a way the engine does not: the wall clock of one instant. */
function wallClock(timeZone: string, epochMinute: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    epochMinute * 60_000,
  );
}

describe('a zone', () => {
  it('tells the wall clock of every IANA zone, twice a day for a year and at each change of two', () => {
    const wrong: string[] = [];
    for (const name of everyZone) {
      const zone = openZone(name);
      const look = new Intl.DateTimeFormat('sv-SE', {
        timeZone: name,
        dateStyle: 'short',
        timeStyle: 'short',
      });
      const compare = (at: number): void => {
        const local = new Date((at + zone.offsetAt(at)) * 60_000).toISOString();
        const ours = local.slice(0, 16).replace('T', ' ');
        if (ours !== look.format(at * 60_000)) wrong.push(`${name} ${at}: ${ours}`);
      };
      for (let at = minuteOf('2027-01-01'); at < minuteOf('2028-01-01'); at += 720) compare(at);
      for (let at = minuteOf('2026-06-01'); at < minuteOf('2028-06-01'); at += 1440) {
        if (zone.offsetAt(at) === zone.offsetAt(at + 1440)) continue;
        for (let minute = at; minute < at + 1440; minute += 15) compare(minute);
      }
    }
    expect(wrong).toEqual([]);
  });
  it('moves a time in the gap forward and takes the first of a repeated time', () => {
    const newYork = openZone('America/New_York');
    const instantOf = (local: string): string =>
      new Date(newYork.instantOf(minuteOf(`${local}Z`)) * 60_000).toISOString().slice(0, 16);
    expect(instantOf('2027-03-14T02:30')).toBe('2027-03-14T07:30');
    expect(wallClock('America/New_York', minuteOf('2027-03-14T07:30Z'))).toBe('2027-03-14 03:30');
    expect(instantOf('2027-11-07T01:30')).toBe('2027-11-07T05:30');
  });
  it('is the inverse of its own clock wherever a local time happens once', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...everyZone),
        fc.integer({ min: minuteOf('2026-01-01'), max: minuteOf('2028-01-01') }),
        (name, at) => {
          const zone = openZone(name);
          const back = zone.instantOf(at + zone.offsetAt(at));
          // A repeated time gives its first occurrence, which reads the same on the wall.
          expect(back + zone.offsetAt(back)).toBe(at + zone.offsetAt(at));
          expect(back).toBeLessThanOrEqual(at);
        },
      ),
      runs,
    );
  });
  it.each(['Europe/Lodnon', '+01:00', '', 'Mars/Olympus', 'Europe/London\u0000'])('refuses %j', (name) => {
    expect(() => openZone(name)).toThrow(UnknownTimeZone);
  });
});

describe('offered slots', () => {
  it('never grow in number when something more is busy', () => {
    fc.assert(
      fc.property(anyQuestion, fc.integer({ min: 0, max: 5000 }), (q, at) => {
        const asked = { range: { start: q.from, end: q.to }, nowMinute: q.nowMinute, booker: q.booker };
        // On a grid as fine as the interval: a coarser one restarts after each booking and may fit otherwise.
        const terms = { ...q.terms, slotIntervalMinutes: 15 };
        const before = new Set(offeredStarts({ ...q.time, busy: q.busy }, terms, asked));
        const more = [...q.busy, q.from + at, q.from + at + 37];
        for (const start of offeredStarts({ ...q.time, busy: more }, terms, asked)) {
          expect(before).toContain(start);
        }
      }),
      runs,
    );
  });
  it('are the same asked at once or in two parts', () => {
    fc.assert(
      fc.property(anyQuestion, fc.integer({ min: 0, max: 1000 }), (q, part) => {
        const middle = q.from + Math.floor(((q.to - q.from) * part) / 1000);
        const within = (start: number, end: number): number[] =>
          offeredStarts(
            { ...q.time, busy: q.busy },
            { ...q.terms, slotIntervalMinutes: 15 },
            {
              range: { start, end },
              nowMinute: q.nowMinute,
              booker: q.booker,
            },
          );
        expect([...within(q.from, middle), ...within(middle, q.to)]).toEqual(within(q.from, q.to));
      }),
      runs,
    );
  });
  it('can each be asked for, and collide with nothing that is busy', () => {
    let offered = 0;
    fc.assert(
      fc.property(anyQuestion, (q) => {
        const asked = { range: { start: q.from, end: q.to }, nowMinute: q.nowMinute, booker: q.booker };
        for (const startMinute of offeredStarts({ ...q.time, busy: q.busy }, q.terms, asked)) {
          offered += 1;
          expect(refusalOfStart(q.time, q.terms, { startMinute, nowMinute: q.nowMinute })).toBeNull();
          const start = startMinute - q.terms.bufferBeforeMinutes;
          const end = startMinute + q.terms.durationMinutes + q.terms.bufferAfterMinutes;
          expect(overlapsAny(q.busy, { start, end })).toBe(false);
        }
      }),
      runs,
    );
    expect(offered).toBeGreaterThan(300);
  });
  it('are the same instants whatever whole-hour zone the booker sits in', () => {
    fc.assert(
      fc.property(anyQuestion, (q) => {
        const startsFor = (name: string): number[] =>
          offeredStarts({ ...q.time, busy: q.busy }, q.terms, {
            range: { start: q.from, end: q.to },
            nowMinute: q.nowMinute,
            booker: openZone(name),
          });
        expect(startsFor('America/New_York')).toEqual(startsFor('Asia/Tokyo'));
      }),
      runs,
    );
  });
});

describe('a deadline', () => {
  const before = (start: string, minutes: number): string =>
    new Date(deadlineBefore(openZone('Europe/London'), minuteOf(start), minutes) * 60_000).toISOString();
  it('a day before 10:00 is 10:00 on the wall, also across a clock change', () => {
    expect(before('2027-03-28T09:00Z', 1440)).toBe('2027-03-27T10:00:00.000Z');
    expect(before('2027-10-31T10:00Z', 1440)).toBe('2027-10-30T09:00:00.000Z');
  });
  it('two hours before are two hours, also across a clock change', () => {
    expect(before('2027-03-28T02:00Z', 120)).toBe('2027-03-28T00:00:00.000Z');
  });
});

function overlapsAny(spans: readonly number[], { start, end }: { start: number; end: number }): boolean {
  return spans.some((from, index) => index % 2 === 0 && from < end && start < (spans[index + 1] ?? from));
}

import fc from 'fast-check';
import { anyQuestion, minuteOf } from './arbitraries.ts';
import { offeredStarts, rangeToRead, refusalOfStart } from './offer.ts';
import { freeSpans } from './slots.ts';
import { holds, startSpans } from './together.ts';
import { openZone } from './zone.ts';

const runs = { numRuns: 150 };

/** Any interval, also those that are coarser than their grid. */
const anyCoarse = fc.tuple(anyQuestion, fc.constantFrom(15, 25, 30, 40, 45, 60, 90)).map(([q, interval]) => ({
  ...q,
  terms: { ...q.terms, slotIntervalMinutes: interval },
  asked: { range: { start: q.from, end: q.to }, nowMinute: q.nowMinute, booker: q.booker },
}));

it('what is offered can be held, and of what is free nothing else that a step does not reach', () => {
  let [granted, refused] = [0, 0];
  fc.assert(
    fc.property(anyCoarse, fc.integer({ min: 0, max: 60 }), ({ terms, asked, ...q }, offset) => {
      const offering = { ...q.time, busy: q.busy };
      const offered = new Set(offeredStarts(offering, terms, asked));
      const earliest = Math.ceil(q.nowMinute + terms.minimumLeadMinutes);
      const refusal = (startMinute: number) =>
        refusalOfStart(q.time, terms, { startMinute, nowMinute: q.nowMinute, booker: q.booker, offering });
      for (const startMinute of offered) expect(refusal(startMinute)).toBeNull();
      granted += offered.size;
      for (let start = q.from + (offset % 5); start < q.to; start += 5) {
        if (offered.has(start) || refusal(start) !== null) {
          refused += 1;
          continue;
        }
        // Not offered and yet not refused: it is taken, or its steps began before the look or before the earliest start.
        const read = rangeToRead({ start, end: start + terms.durationMinutes }, terms.slotIntervalMinutes);
        const buffer = { before: terms.bufferAfterMinutes, after: terms.bufferBeforeMinutes };
        const free = startSpans(freeSpans(offering, { range: read, buffer }), terms.durationMinutes);
        const began = free.findLast((edge, index) => index % 2 === 0 && edge <= start) ?? start;
        if (holds(free, start)) expect(began <= read.start || began < earliest).toBe(true);
      }
    }),
    runs,
  );
  expect(Math.min(granted, refused)).toBeGreaterThan(500);
});

it('a start off the grid of the booker’s clock is refused, wherever the booker is', () => {
  const rules = [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, startMinute: 0, endMinute: 1440 }));
  const time = { zone: openZone('Europe/London'), rules, overrides: [] };
  const terms = {
    durationMinutes: 60,
    slotIntervalMinutes: 60,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    minimumLeadMinutes: 0,
    maximumAdvanceMinutes: 1e6,
  };
  const refusal = (clock: string, zone: string | null) =>
    refusalOfStart(time, terms, {
      startMinute: minuteOf(`2027-02-03T${clock}Z`),
      nowMinute: minuteOf('2027-02-01'),
      booker: zone === null ? null : openZone(zone),
    });
  expect(refusal('08:15', 'Asia/Kathmandu')).toBeNull();
  expect(refusal('08:00', 'Asia/Kathmandu')).toBe('OFF_GRID');
  expect(refusal('08:15', 'Europe/London')).toBe('OFF_GRID');
  expect(refusal('08:30', 'Asia/Kolkata')).toBeNull();
  // Without a zone only what no zone could offer is refused.
  expect(refusal('08:15', null)).toBeNull();
  expect(refusal('08:10', null)).toBe('OFF_GRID');
});

it('somebody who never closes is offered the same steps wherever one begins to look', () => {
  const rules = [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, startMinute: 0, endMinute: 1440 }));
  fc.assert(
    fc.property(anyCoarse, fc.integer({ min: 0, max: 1000 }), ({ terms, ...q }, part) => {
      const offering = { zone: q.time.zone, rules, overrides: [], busy: [] };
      const middle = q.from + Math.floor(((q.to - q.from) * part) / 1000);
      const within = (start: number, end: number) =>
        offeredStarts(
          offering,
          { ...terms, maximumAdvanceMinutes: 1e6 },
          {
            range: { start, end },
            nowMinute: q.from - 10_000,
            booker: openZone('Europe/London'),
          },
        );
      expect([...within(q.from, middle), ...within(middle, q.to)]).toEqual(within(q.from, q.to));
    }),
    runs,
  );
});

it('slots of one provider lie as far apart in real minutes as the interval says, also across a change of the clock', () => {
  fc.assert(
    fc.property(anyCoarse, ({ terms, asked, ...q }) => {
      const offering = { ...q.time, busy: q.busy };
      const starts = offeredStarts(offering, terms, asked);
      const buffer = { before: terms.bufferAfterMinutes, after: terms.bufferBeforeMinutes };
      const free = freeSpans(offering, {
        range: rangeToRead(asked.range, terms.slotIntervalMinutes),
        buffer,
      });
      for (const [index, start] of starts.entries()) {
        // A slot lies in free time from its first minute to its last: its minutes are elapsed ones.
        expect(holds(startSpans(free, terms.durationMinutes), start)).toBe(true);
        const next = starts[index + 1];
        if (next === undefined || next - start >= terms.slotIntervalMinutes) continue;
        expect(free.some((edge) => edge > start && edge <= next)).toBe(true);
      }
    }),
    runs,
  );
});

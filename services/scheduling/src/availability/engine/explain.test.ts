import fc from 'fast-check';
import { anyBusy, anyQuestion, minuteOf } from './arbitraries.ts';
import { explainStart, type Explainable, type Taken } from './explain.ts';
import { mergeSpans, type Span, type Spans } from './intervals.ts';
import { offeredStarts } from './offer.ts';
import { openZone } from './zone.ts';

const spansOf = (pairs: Spans): Span[] =>
  pairs.flatMap((start, edge) => (edge % 2 === 0 ? [{ start, end: pairs[edge + 1] ?? start }] : []));

/** The same things once for the engine, and once kept apart for whoever asks why. */
function business(parts: { busy: Spans; timeOff: Spans; closures: Spans; external: Spans }) {
  const away = mergeSpans([parts.timeOff, parts.closures, parts.external].flatMap(spansOf));
  const taken = spansOf(parts.busy)
    .filter(({ start, end }) => end > start)
    .map((padded): Taken => ({ code: 'BOOKED', ownerId: 'somebody', padded, visible: null }));
  return { away, taken, absences: parts, calendarFailing: false };
}

it('has a reason exactly where nothing is offered, whatever stands in the way, at every minute of every calendar', () => {
  let [offered, explained] = [0, 0];
  fc.assert(
    fc.property(
      anyQuestion.chain((q) => fc.tuple(fc.constant(q), anyBusy(q.from), anyBusy(q.from), anyBusy(q.from))),
      fc.integer({ min: 0, max: 59 }),
      fc.constantFrom(15, 30, 45, 90),
      ([{ terms: someTerms, ...q }, timeOff, closures, external], offset, slotIntervalMinutes) => {
        const terms = { ...someTerms, slotIntervalMinutes };
        const { away, taken, absences, calendarFailing } = business({
          busy: q.busy,
          timeOff,
          closures,
          external,
        });
        const offering: Explainable = { ...q.time, busy: q.busy, away, absences, calendarFailing };
        const asked = { range: { start: q.from, end: q.to }, nowMinute: q.nowMinute, booker: q.booker };
        const starts = new Set(offeredStarts(offering, terms, asked));
        const why = (startMinute: number) =>
          explainStart(offering, terms, {
            ...asked,
            startMinute,
            seats: 1,
            taken,
            things: null,
            team: null,
          });
        for (const startMinute of starts) expect(why(startMinute)).toEqual([]);
        offered += starts.size;
        for (let start = q.from + (offset % 5); start < q.to; start += 35) {
          if (starts.has(start)) continue;
          expect({ start, reasons: why(start).length }).not.toEqual({ start, reasons: 0 });
          explained += 1;
        }
      },
    ),
    { numRuns: 30 },
  );
  expect(Math.min(offered, explained)).toBeGreaterThan(100);
});

it('names a connected calendar that is busy, one that cannot be read, and colleagues who are missing', () => {
  const nine = minuteOf('2027-02-03T09:00Z');
  const rules = [{ dayOfWeek: 3, startMinute: 480, endMinute: 1200 }];
  const offering: Explainable = {
    zone: openZone('Europe/London'),
    rules,
    overrides: [],
    busy: [],
    absences: { timeOff: [], closures: [], external: [] },
    calendarFailing: false,
  };
  const terms = {
    durationMinutes: 60,
    slotIntervalMinutes: 60,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    minimumLeadMinutes: 0,
    maximumAdvanceMinutes: 1e6,
  };
  const asked = {
    startMinute: nine,
    nowMinute: nine - 6000,
    booker: openZone('UTC'),
    seats: 1,
    taken: [],
    things: null,
  };
  const codes = (change: Partial<Explainable>, team: Spans | null = null): string[] =>
    explainStart({ ...offering, ...change }, terms, { ...asked, team }).map(({ code }) => code);
  const external = [nine + 30, nine + 45];
  expect(codes({})).toEqual([]);
  expect(codes({ away: external, absences: { timeOff: [], closures: [], external } })).toEqual([
    'EXTERNAL_CALENDAR',
  ]);
  expect(codes({ away: [nine - 5000, nine + 5000], calendarFailing: true })).toEqual(['CALENDAR_FAILING']);
  expect(codes({}, [])).toEqual(['TEAM']);
});

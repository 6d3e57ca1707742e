/** Random working weeks for the property tests: any IANA zone, any window shape, days around clock changes. */
import fc from 'fast-check';
import type { OfferTerms } from './offer.ts';
import type { Calendar } from './slots.ts';
import { openZone } from './zone.ts';

export const everyZone = Intl.supportedValuesOf('timeZone');
export const minuteOf = (iso: string): number => Date.parse(iso) / 60_000;

const quarter = (max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: max / 15 }).map((n) => n * 15);

/** A start of a range in 2026–2027, often close to one of the usual change days. */
export const anyRangeStart: fc.Arbitrary<number> = fc.oneof(
  fc
    .constantFrom('2027-03-12', '2027-03-26', '2027-10-01', '2027-10-30', '2027-11-05', '2027-04-02')
    .map((day) => minuteOf(`${day}T00:00:00Z`)),
  fc.integer({ min: 0, max: 600 * 96 }).map((n) => minuteOf('2026-01-01T00:00:00Z') + n * 15),
);

export const anyBusy = (from: number): fc.Arbitrary<number[]> =>
  fc
    .array(
      fc
        .record({ at: fc.integer({ min: -1440, max: 5 * 1440 }), length: fc.integer({ min: 1, max: 400 }) })
        .map(({ at, length }) => [from + at, from + at + length]),
      { maxLength: 12 },
    )
    .map((spans) => spans.flat());

export const anyTerms: fc.Arbitrary<OfferTerms> = fc.record({
  durationMinutes: fc.constantFrom(15, 30, 45, 60, 90),
  slotIntervalMinutes: fc.constantFrom(5, 10, 15, 20, 30),
  bufferBeforeMinutes: fc.constantFrom(0, 5, 10),
  bufferAfterMinutes: fc.constantFrom(0, 15),
  minimumLeadMinutes: fc.constantFrom(0, 60, 1440),
  maximumAdvanceMinutes: fc.constantFrom(3 * 1440, 90 * 1440),
});

export const anyWorkingTime: fc.Arbitrary<Omit<Calendar, 'busy'>> = fc.record({
  zone: fc.constantFrom(...everyZone).map(openZone),
  rules: fc.array(
    fc.record({
      dayOfWeek: fc.integer({ min: 0, max: 6 }),
      startMinute: quarter(1425),
      endMinute: quarter(1440),
    }),
    { maxLength: 14 },
  ),
  overrides: fc.array(
    fc.record({
      epochDay: fc.integer({ min: minuteOf('2027-03-10') / 1440, max: minuteOf('2027-04-10') / 1440 }),
      startMinute: quarter(1425),
      endMinute: quarter(1440),
    }),
    { maxLength: 6 },
  ),
});

/** A calendar, a range of some days and everything else the engine is asked with. */
export const anyQuestion = anyRangeStart.chain((from) =>
  fc.record({
    from: fc.constant(from),
    to: fc.integer({ min: 1, max: 4 * 96 }).map((quarters) => from + quarters * 15),
    time: anyWorkingTime,
    busy: anyBusy(from),
    terms: anyTerms,
    nowMinute: fc.integer({ min: -3000, max: 2000 }).map((n) => from + n),
    booker: fc.constantFrom(...everyZone).map(openZone),
  }),
);

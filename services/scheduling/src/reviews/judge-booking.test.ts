import fc from 'fast-check';
import {
  judgeBooking,
  PEOPLE_MAX,
  REVIEW_FROM,
  SUSPICION_CODES,
  type BookingFacts,
} from './judge-booking.ts';

const ORDINARY: BookingFacts = {
  madeLastHour: 1,
  madeLastDay: 1,
  noShows: 0,
  kept: 3,
  signals: [],
  knownForMinutes: 100_000,
  requestsOfNetwork: 0,
  hoursApart: null,
  inPerson: true,
  noticeMinutes: 10_000,
  people: 1,
};
const judge = (facts: Partial<BookingFacts>) => {
  const { outcome, reasons } = judgeBooking({ ...ORDINARY, ...facts });
  return [outcome, ...reasons.map(({ code }) => code)];
};

it('[BOK-11] recognises what points to a fraud, each with its reason', () => {
  expect(judge({ madeLastHour: 9, madeLastDay: 15 })).toEqual(['REVIEW', 'VELOCITY']);
  expect(judge({ noShows: 3, kept: 1 })).toEqual(['REVIEW', 'REPEATED_NO_SHOW']);
  expect(judge({ people: PEOPLE_MAX + 1 })).toEqual(['REVIEW', 'MANY_PEOPLE']);
  const disposable = { signals: ['DISPOSABLE_ADDRESS'] };
  expect(judge({ ...disposable, hoursApart: 6, noticeMinutes: 600 })).toEqual([
    'REVIEW',
    'DISPOSABLE_ADDRESS',
    'FAR_AWAY',
  ]);
  expect(judge({ ...disposable, madeLastHour: 6 })).toEqual(['REVIEW', 'VELOCITY', 'DISPOSABLE_ADDRESS']);
  expect(judge({ ...disposable, requestsOfNetwork: 6 })).toEqual([
    'REVIEW',
    'DISPOSABLE_ADDRESS',
    'BUSY_NETWORK',
  ]);
});

it('[BOK-11] leaves ordinary people alone, each oddity by itself included', () => {
  expect(judge({})).toEqual(['ALLOW']);
  expect(judge({ knownForMinutes: null })).toEqual(['ALLOW', 'NEW_ACCOUNT']);
  expect(judge({ signals: ['DISPOSABLE_ADDRESS'], knownForMinutes: 3 })).toEqual([
    'ALLOW',
    'DISPOSABLE_ADDRESS',
    'NEW_ACCOUNT',
  ]);
  // On a journey, by video, or with a bad month behind them.
  expect(judge({ hoursApart: 9 })).toEqual(['ALLOW', 'FAR_AWAY']);
  expect(judge({ hoursApart: 9, inPerson: false, noticeMinutes: 10 })).toEqual(['ALLOW']);
  expect(judge({ noShows: 2, kept: 10 })).toEqual(['ALLOW', 'REPEATED_NO_SHOW']);
  expect(judge({ noShows: 3, kept: 30 })).toEqual(['ALLOW', 'REPEATED_NO_SHOW']);
  // Two parents, four children, one afternoon.
  expect(judge({ madeLastHour: 5, madeLastDay: 9, people: PEOPLE_MAX })).toEqual(['ALLOW']);
});

const facts = fc.record({
  madeLastHour: fc.nat(30),
  madeLastDay: fc.nat(60),
  noShows: fc.nat(6),
  kept: fc.nat(6),
  signals: fc.subarray(['DISPOSABLE_ADDRESS', 'SOMETHING_NEW']),
  knownForMinutes: fc.option(fc.nat(100_000)),
  requestsOfNetwork: fc.nat(12),
  hoursApart: fc.option(fc.nat(14)),
  inPerson: fc.boolean(),
  noticeMinutes: fc.nat(10_000),
  people: fc.nat(9),
});

it('[LAW-18] allows or asks a person, whatever the facts; never denies, never asks without a reason', () => {
  fc.assert(
    fc.property(facts, (given) => {
      const { outcome, score, reasons } = judgeBooking(given);
      expect(['ALLOW', 'REVIEW']).toContain(outcome);
      expect(outcome === 'REVIEW').toBe(score >= REVIEW_FROM);
      for (const { code, weight } of reasons) {
        expect(SUSPICION_CODES).toContain(code);
        expect(weight).toBeGreaterThan(0);
      }
      expect(score).toBe(
        Math.min(
          100,
          reasons.reduce((sum, { weight }) => sum + weight, 0),
        ),
      );
    }),
  );
});

it('[BOK-11] finds nothing less odd when there is more of it', () => {
  fc.assert(
    fc.property(facts, fc.nat(10), (given, more) => {
      for (const fact of ['madeLastHour', 'madeLastDay', 'requestsOfNetwork', 'people'] as const) {
        const { score } = judgeBooking({ ...given, [fact]: given[fact] + more });
        expect(score).toBeGreaterThanOrEqual(judgeBooking(given).score);
      }
    }),
  );
});

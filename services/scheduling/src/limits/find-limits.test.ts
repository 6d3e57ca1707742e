import { Temporal } from '@js-temporal/polyfill';
import fc from 'fast-check';
import { claimsOf, type BookingLimit } from './find-limits.ts';

const limit = (more: Partial<BookingLimit>): BookingLimit => ({
  id: 'limit',
  scope: 'PROVIDER',
  period: 'DAY',
  bookingsMax: 3,
  providerId: null,
  serviceId: null,
  ...more,
});
const booking = {
  serviceId: 'service',
  providerId: 'provider',
  clientId: 'client',
  startsAt: new Date('2027-03-28T23:30:00Z'),
  timeZone: 'Europe/London',
};
const startOf = (limits: BookingLimit[], organizationZone: string, more: Partial<typeof booking> = {}) =>
  claimsOf({ limits, organizationZone }, { ...booking, ...more }).map(({ periodStart }) => periodStart);

it('counts for the provider, the service and the client it names, and for nobody else', () => {
  const subjects = (...limits: BookingLimit[]) =>
    claimsOf({ limits, organizationZone: 'UTC' }, booking).map(({ subjectId }) => subjectId);
  expect(
    subjects(limit({}), limit({ scope: 'SERVICE', serviceId: 'service' }), limit({ scope: 'CLIENT' })),
  ).toEqual(['provider', 'service', 'client']);
  expect(subjects(limit({ providerId: 'somebody else' }), limit({ serviceId: 'another' }))).toEqual([]);
  const anonymous = { ...booking, clientId: null };
  expect(claimsOf({ limits: [limit({ scope: 'CLIENT' })], organizationZone: 'UTC' }, anonymous)).toEqual([]);
});

it('a provider’s day is theirs, a client’s the organization’s: one instant, two dates', () => {
  expect(startOf([limit({}), limit({ scope: 'CLIENT' })], 'America/New_York')).toEqual([
    '2027-03-29',
    '2027-03-28',
  ]);
});

// Zones whose clocks change at midnight, by half an hour, by a whole day or not at all.
const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
];

it('[BOK-07] the period of a booking is the one of the calendar in its zone, on every day of the clocks', () => {
  const instant = fc.integer({ min: Date.UTC(2007, 0) / 60_000, max: Date.UTC(2037, 0) / 60_000 });
  fc.assert(
    fc.property(instant, fc.constantFrom(...zones), (minute, zone) => {
      const startsAt = new Date(minute * 60_000);
      const date = Temporal.Instant.fromEpochMilliseconds(minute * 60_000)
        .toZonedDateTimeISO(zone)
        .toPlainDate();
      const all = (['DAY', 'WEEK', 'MONTH'] as const).map((period) => limit({ period }));
      expect(startOf(all, 'UTC', { startsAt, timeZone: zone })).toEqual([
        date.toString(),
        date.subtract({ days: date.dayOfWeek - 1 }).toString(),
        date.with({ day: 1 }).toString(),
      ]);
    }),
  );
});

import fc from 'fast-check';
import { addPeriod, expiredSince, parsePeriod } from './period.ts';

const at = (iso: string) => new Date(iso);

it.each([
  ['P24M', '2027-02-28T10:00:00.000Z', '2029-02-28T10:00:00.000Z'],
  ['P1M', '2027-01-31T23:30:00.000Z', '2027-02-28T23:30:00.000Z'],
  ['P1M', '2028-01-31T23:30:00.000Z', '2028-02-29T23:30:00.000Z'],
  ['P1Y', '2028-02-29T00:00:00.000Z', '2029-02-28T00:00:00.000Z'],
  ['P7D', '2027-12-28T12:00:00.000Z', '2028-01-04T12:00:00.000Z'],
  ['P2W', '2027-03-01T12:00:00.000Z', '2027-03-15T12:00:00.000Z'],
  ['PT36H', '2027-03-01T12:00:00.000Z', '2027-03-03T00:00:00.000Z'],
  ['P1Y2M3DT4H', '2027-01-01T00:00:00.000Z', '2028-03-04T04:00:00.000Z'],
  ['P1M', '1969-12-31T23:30:00.000Z', '1970-01-31T23:30:00.000Z'],
])('%s from %s ends at %s: a month is a month, not thirty days', (period, from, end) => {
  expect(addPeriod(at(from), period).toISOString()).toBe(end);
});

it.each(['', 'P', 'PT', 'P0D', '24M', 'P-1M', 'P1.5Y', 'P1H', 'P1M ', 'p1m', 'P1D1M'])(
  'refuses "%s"',
  (text) => {
    expect(() => parsePeriod(text)).toThrow();
  },
);

it('subtracts days before months: what began on 24 January is not over on 1 March of a leap year', () => {
  const now = at('2068-03-01T00:00:00.000Z');
  expect(addPeriod(at('2068-01-25T00:00:00.000Z'), 'P1M7D') > now).toBe(true);
  expect(expiredSince(now, 'P1M7D')).toEqual(at('2068-01-23T00:00:00.000Z'));
});

it('never calls anything expired before its period has run out, and at most three days after', () => {
  const instants = fc.date({ min: at('2000-01-01'), max: at('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(
      instants,
      fc.constantFrom('P1M', 'P24M', 'P13M', 'P10Y', 'P7D', 'P1M7D', 'P1M30D', 'P2M1DT12H'),
      fc.integer({ min: -5, max: 5 }),
      (now, period, days) => {
        const started = new Date(expiredSince(now, period).getTime() + days * 86_400_000);
        const expired = started <= expiredSince(now, period);
        const end = addPeriod(started, period);
        if (expired) expect(end.getTime()).toBeLessThanOrEqual(now.getTime());
        else expect(end.getTime()).toBeGreaterThan(now.getTime() - 4 * 86_400_000);
      },
    ),
  );
});

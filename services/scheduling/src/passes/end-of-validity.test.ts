import { endOfValidity } from './write-pass.ts';

it('counts days on the calendar of the business, however long the clocks make them', () => {
  const now = new Date('2027-03-27T23:30:00Z');
  expect(endOfValidity({ now, timeZone: 'Europe/London', days: 1 }).toISOString()).toBe(
    '2027-03-28T23:00:00.000Z',
  );
  expect(endOfValidity({ now, timeZone: 'America/New_York', days: 1 }).toISOString()).toBe(
    '2027-03-29T04:00:00.000Z',
  );
});

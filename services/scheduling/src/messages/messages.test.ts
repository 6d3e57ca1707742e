import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { calendarFile } from './calendar-file.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

/** Property lines of a calendar, unfolded (RFC 5545 §3.1). */
function linesOf(calendar: string): Map<string, string> {
  const lines = calendar.replaceAll(/\r\n[ \t]/g, '').split('\r\n');
  return new Map(
    lines.map((line) => [line.slice(0, line.search(/[:;]/)), line.slice(line.search(/[:;]/) + 1)]),
  );
}

it('tells client and provider of each change, with one calendar entry that follows it', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const booking = await book(test, client, {
    ...business,
    startsAt: '2027-02-10T10:00:00.000Z',
    notes: 'secret matter',
  });
  const move = { bookingId: booking.id, expectedVersion: 2, startsAt: '2027-02-11T11:00:00.000Z' };
  await mutate(test, client, { query: RESCHEDULE, input: move });
  await mutate(test, client, {
    query: CANCEL,
    input: { bookingId: booking.id, expectedVersion: 3, reason: 'secret reason' },
  });
  const messages = await eventsOf(test.database, business.organizationId, 'message.requested');
  expect(messages.map(({ template, recipient }) => `${template} ${recipient.kind}`)).toEqual([
    'booking-confirmed CLIENT',
    'booking-confirmed STAFF',
    'booking-rescheduled CLIENT',
    'booking-rescheduled STAFF',
    'booking-cancelled CLIENT',
    'booking-cancelled STAFF',
  ]);
  for (const { recipient, basis } of messages) {
    expect(basis).toBe('contract');
    expect(recipient.id).toBe(recipient.kind === 'CLIENT' ? client.accountId : business.providerId);
  }
  expect(messages.at(-1)?.parameters).toMatchObject({ refundPercent: '100', timeZone: 'Europe/London' });
  const calendars = messages.map(({ attachment }) => linesOf(attachment?.content ?? ''));
  const line = (name: string) => calendars.map((calendar) => calendar.get(name));
  expect(new Set(line('UID')).size).toBe(1);
  expect(line('UID')[0]).toContain(booking.id);
  expect(line('SEQUENCE')).toEqual(['2', '2', '3', '3', '4', '4']);
  expect(line('METHOD')).toEqual(['REQUEST', 'REQUEST', 'REQUEST', 'REQUEST', 'CANCEL', 'CANCEL']);
  expect(line('STATUS').slice(3)).toEqual(['CONFIRMED', 'CANCELLED', 'CANCELLED']);
  expect(line('DTSTART')).toEqual([
    ...Array(2).fill('20270210T100000Z'),
    ...Array(4).fill('20270211T110000Z'),
  ]);
  expect(JSON.stringify(messages)).not.toContain('secret');
});

it('writes a calendar that others can read: folded at 75 octets, escaped, in UTC', () => {
  const text = calendarFile({
    bookingId: 'b',
    organizationId: 'o',
    organizationName: 'Praxis, Müller; 東京クリニック 🏥'.repeat(4),
    version: 7,
    startsAt: new Date('2027-03-28T00:30:00Z'),
    endsAt: new Date('2027-03-28T01:30:00Z'),
    cancelled: false,
    now: new Date('2027-02-01T05:00:00Z'),
  });
  const lines = text.split('\r\n');
  expect(lines.every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  expect(linesOf(text).get('SUMMARY')).toContain('Praxis\\, Müller\\; 東京クリニック 🏥');
  expect(linesOf(text).get('DTSTART')).toBe('20270328T003000Z');
  expect(text).not.toContain('VTIMEZONE');
});

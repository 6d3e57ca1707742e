import fc from 'fast-check';
import { busyTimes } from './busy-times.ts';
import { calendarOf, eventOf } from './calendar-for-tests.ts';
import { readFiles } from './read-file.ts';

const minute = (text: string) => Date.parse(text) / 60_000;
const range = { start: minute('2027-03-01T00:00Z'), end: minute('2027-05-01T00:00Z') };

/** Busy times as people write them. */
async function busyIn(text: string, ownZone = 'Europe/London'): Promise<string[]> {
  const busy = busyTimes(await readFiles([text], { range }), { range, ownZone });
  const written = (at: number) => new Date(at * 60_000).toISOString().slice(0, 16);
  return busy.flatMap((start, index) =>
    index % 2 === 0 ? [`${written(start)} ${written(busy[index + 1] ?? 0)}`] : [],
  );
}
const busyOf = (...lines: string[]) => busyIn(calendarOf(...eventOf(...lines)));

describe('[MOB-01] what counts as busy', () => {
  it('times in UTC, in a named zone across a change of clocks, and floating ones on the own clock', async () => {
    expect(await busyOf('DTSTART:20270302T100000Z', 'DTEND:20270302T113000Z')).toEqual([
      '2027-03-02T10:00 2027-03-02T11:30',
    ]);
    const zoned = [
      'DTSTART;TZID=America/New_York:20270313T090000',
      'DTEND;TZID=America/New_York:20270313T100000',
    ];
    expect(await busyOf(...zoned, 'RRULE:FREQ=DAILY;COUNT=2')).toEqual([
      '2027-03-13T14:00 2027-03-13T15:00',
      '2027-03-14T13:00 2027-03-14T14:00',
    ]);
    const floating = calendarOf(...eventOf('DTSTART:20270330T090000', 'DURATION:PT45M'));
    expect(await busyIn(floating)).toEqual(['2027-03-30T08:00 2027-03-30T08:45']);
    expect(await busyIn(floating, 'Asia/Kathmandu')).toEqual(['2027-03-30T03:15 2027-03-30T04:00']);
  });

  it("whole days, on the calendar's own clock, 23 hours long where clocks change", async () => {
    expect(await busyOf('DTSTART;VALUE=DATE:20270328')).toEqual(['2027-03-28T00:00 2027-03-28T23:00']);
    const own = calendarOf(
      'X-WR-TIMEZONE:America/New_York',
      ...eventOf('DTSTART;VALUE=DATE:20270402', 'DTEND;VALUE=DATE:20270404'),
    );
    expect(await busyIn(own)).toEqual(['2027-04-02T04:00 2027-04-04T04:00']);
  });

  it('neither what is shown as free nor what was cancelled', async () => {
    const times = ['DTSTART:20270302T100000Z', 'DTEND:20270302T113000Z'];
    expect(await busyOf(...times, 'TRANSP:TRANSPARENT')).toEqual([]);
    expect(await busyOf(...times, 'STATUS:CANCELLED')).toEqual([]);
    expect(await busyOf(...times, 'STATUS:TENTATIVE', 'TRANSP:OPAQUE')).toHaveLength(1);
    expect(await busyOf('DTSTART:20270302T100000Z')).toEqual([]);
  });

  it('repetitions without those taken out or moved, with those added, up to their end', async () => {
    const weekly = eventOf(
      'DTSTART;TZID=Europe/London:20270322T090000',
      'DTEND;TZID=Europe/London:20270322T100000',
      'RRULE:FREQ=WEEKLY;UNTIL=20270419T080000Z',
      'EXDATE;TZID=Europe/London:20270405T090000',
      'RDATE;TZID=Europe/London:20270407T090000',
    );
    const moved = eventOf(
      'RECURRENCE-ID;TZID=Europe/London:20270412T090000',
      'DTSTART;TZID=Europe/London:20270413T150000',
      'DTEND;TZID=Europe/London:20270413T160000',
    );
    expect(await busyIn(calendarOf(...weekly, ...moved))).toEqual([
      '2027-03-22T09:00 2027-03-22T10:00',
      '2027-03-29T08:00 2027-03-29T09:00',
      '2027-04-07T08:00 2027-04-07T09:00',
      '2027-04-13T14:00 2027-04-13T15:00',
      '2027-04-19T08:00 2027-04-19T09:00',
    ]);
  });

  it('zones that only the calendar describes, as Outlook writes them', async () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Customized Time Zone',
      'BEGIN:STANDARD',
      'DTSTART:16010101T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
      'END:DAYLIGHT',
      'END:VTIMEZONE',
    ];
    const event = eventOf(
      'DTSTART;TZID="Customized Time Zone":20270327T090000',
      'DTEND;TZID="Customized Time Zone":20270327T100000',
      'RRULE:FREQ=DAILY;COUNT=2',
    );
    expect(await busyIn(calendarOf(...zone, ...event))).toEqual([
      '2027-03-27T08:00 2027-03-27T09:00',
      '2027-03-28T07:00 2027-03-28T08:00',
    ]);
  });

  it('published busy times (VFREEBUSY), folded lines, and nothing of what stands beside them', async () => {
    const text = calendarOf(
      'BEGIN:VFREEBUSY',
      'FREEBUSY;FBTYPE=BUSY:20270302T100000Z/PT1H,20270303T100000Z/2027\r\n 0303T120000Z',
      'FREEBUSY;FBTYPE=FREE:20270304T100000Z/PT1H',
      'END:VFREEBUSY',
      ...eventOf(
        'DESCRIPTION:BEGIN:VEVENT\\nDTSTART:20270305T100000Z',
        'DTSTART:20270306T100000Z',
        'DURATION:P1D',
      ),
    );
    expect(await busyIn(text)).toEqual([
      '2027-03-02T10:00 2027-03-02T11:00',
      '2027-03-03T10:00 2027-03-03T12:00',
      '2027-03-06T10:00 2027-03-07T10:00',
    ]);
    expect(JSON.stringify(await readFiles([text], { range }))).not.toContain('secret');
  });

  it('begins near its range: what repeats by days and weeks comes out as if it had been walked through', async () => {
    const days = fc.subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { minLength: 1 });
    const rules = fc.record({
      frequency: fc.constantFrom('DAILY', 'WEEKLY'),
      interval: fc.integer({ min: 1, max: 9 }),
      days: fc.option(days, { nil: null }),
      weekStart: fc.constantFrom('MO', 'SU'),
      since: fc.integer({ min: 1, max: 1_500 }),
      length: fc.integer({ min: 1, max: 3_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rules, { minLength: 10, maxLength: 10 }), async (all) => {
        const written = (more: string) =>
          all.map(({ frequency, interval, days: on, weekStart, since, length }) => {
            const first = new Date((range.start - since * 1440 - 600) * 60_000).toISOString();
            const rule = `FREQ=${frequency};INTERVAL=${interval};WKST=${weekStart}${on ? `;BYDAY=${on.join()}` : ''}${more}`;
            const start = `DTSTART:${first.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
            return calendarOf(...eventOf(start, `DURATION:PT${length}M`, `RRULE:${rule}`));
          });
        const busy = async (more: string) =>
          (await readFiles(written(more), { range })).map((one) =>
            busyTimes([one], { range, ownZone: 'UTC' }),
          );
        expect(await busy('')).toEqual(await busy(';COUNT=9000'));
      }),
      { numRuns: process.env['KEPT_NIGHTLY'] ? 200 : 3 },
    );
  });

  it('is in order, apart, within its range, whatever is in the calendars', async () => {
    const day = fc.integer({ min: 0, max: 80 });
    const events = fc.array(
      fc.record({ day, hour: fc.integer({ min: 0, max: 23 }), minutes: fc.integer({ min: 1, max: 5_000 }) }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(events, async (all) => {
        const base = minute('2027-02-20T00:00Z');
        const stamp = (at: number) =>
          `${new Date(at * 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
        const spans = all.map((one) => {
          const start = base + one.day * 1440 + one.hour * 60;
          return { start, end: start + one.minutes };
        });
        const text = calendarOf(
          ...spans.flatMap(({ start, end }, index) =>
            eventOf(`DTSTART:${stamp(start)}`, `DTEND:${stamp(end)}`).map((line) =>
              line.replace('event-1', `e${index}`),
            ),
          ),
        );
        const busy = busyTimes(await readFiles([text], { range }), { range, ownZone: 'UTC' });
        expect(busy.every((at, index) => index === 0 || at > (busy[index - 1] ?? 0))).toBe(true);
        for (let at = range.start; at < range.end; at += 397) {
          const taken = spans.some(({ start, end }) => start <= at && at < end);
          const said = busy.some(
            (start, index) => index % 2 === 0 && start <= at && at < (busy[index + 1] ?? 0),
          );
          expect([at, said]).toEqual([at, taken]);
        }
      }),
      { numRuns: process.env['KEPT_NIGHTLY'] ? 200 : 8 },
    );
  });
});

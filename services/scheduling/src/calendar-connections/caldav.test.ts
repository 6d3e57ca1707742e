import { openOutbound } from '@kept/outbound';
import { describeWithRadicale, radicaleForTests, type Radicale } from '@kept/testing';
import type { CalendarAccess } from './calendar-access.ts';
import { failureOf } from './calendar-failed.ts';
import { calendarOf, eventOf } from './calendar-for-tests.ts';
import { readCalendar } from './read-calendar.ts';

const NOW = new Date('2027-02-01T05:00:00Z');

describeWithRadicale('a real CalDAV server', () => {
  let radicale: Radicale;
  const outbound = openOutbound({ development: true });
  beforeAll(async () => {
    radicale = await radicaleForTests();
    for (const path of ['/dora/work/', '/dora/home/']) {
      expect((await radicale.send('MKCALENDAR', path)).status).toBe(201);
    }
  });
  afterAll(async () => {
    await radicale.stop();
    await outbound.stop();
  });

  const accessOf = (more: Partial<Extract<CalendarAccess, { kind: 'CALDAV' }>> = {}): CalendarAccess => ({
    kind: 'CALDAV',
    serverUrl: radicale.url,
    user: radicale.user,
    secret: radicale.password,
    ...more,
  });
  const read = (access = accessOf(), seen: string | null = null) =>
    readCalendar(outbound, { access, seen, ownZone: 'Europe/London', now: NOW, totalMs: 10_000 });
  const put = async (name: string, ...lines: string[]) => {
    const text = calendarOf(
      ...eventOf(...lines).map((line) => line.replace('event-1', name.replaceAll('/', '-'))),
    );
    expect((await radicale.send('PUT', `/dora/${name}.ics`, text)).status).toBe(201);
  };
  const times = async (seen: string | null = null) => {
    const { busy = [] } = (await read(accessOf(), seen)) ?? {};
    const written = (minute: number | undefined) =>
      new Date((minute ?? 0) * 60_000).toISOString().slice(0, 16);
    return busy.flatMap((start, at) => (at % 2 === 0 ? [`${written(start)} ${written(busy[at + 1])}`] : []));
  };

  it('[MOB-01] is found from its address, and every calendar of the account counts', async () => {
    expect(await times()).toEqual([]);
    await put('work/one', 'DTSTART:20270202T100000Z', 'DTEND:20270202T110000Z');
    await put(
      'home/two',
      'DTSTART;TZID=Europe/London:20270326T090000',
      'DURATION:PT30M',
      'RRULE:FREQ=WEEKLY;COUNT=2',
    );
    await put('home/three', 'DTSTART:20270203T100000Z', 'DURATION:PT1H', 'TRANSP:TRANSPARENT');
    await put('work/old', 'DTSTART:20200203T100000Z', 'DURATION:PT1H');
    expect(await times()).toEqual([
      '2027-02-02T10:00 2027-02-02T11:00',
      '2027-03-26T09:00 2027-03-26T09:30',
      '2027-04-02T08:00 2027-04-02T08:30',
    ]);
  });

  it('is not read again while it says that nothing has changed', async () => {
    const before = await read();
    expect(await read(accessOf(), before?.state ?? '')).toBeUndefined();
    expect((await radicale.send('DELETE', '/dora/work/one.ics')).ok).toBe(true);
    const after = await read(accessOf(), before?.state ?? '');
    expect(after?.busy).toHaveLength(4);
    expect(after?.state).not.toBe(before?.state);
  });

  it('answers a wrong password and an account without calendars in words', async () => {
    const said = (more: Parameters<typeof accessOf>[0]) => read(accessOf(more)).catch(failureOf);
    expect(await said({ secret: 'wrong' })).toBe('SIGN_IN_REFUSED');
    expect(await said({ user: null, secret: 'a token' })).toBe('SIGN_IN_REFUSED');
    for (const path of ['/dora/work/', '/dora/home/']) await radicale.send('DELETE', path);
    expect(await said({})).toBe('NO_CALENDAR');
  });
});

/**
 * The hole: whoever can name a calendar can put anything in front of the process that reads it. A file that never ends, a
 * rule that repeats for ever, XML whose entities double, an answer that sends us into our own network: each must come to a
 * word that a person can act on, within bounds, and with nothing kept. Above all an answer that cannot be understood must never
 * be taken for an empty calendar: then somebody would be booked twice.
 */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { openOutbound } from '@kept/outbound';
import {
  calendarOf,
  eventOf,
  giving,
  leadsTo,
  openTestServer,
  type TestServer,
} from './calendar-for-tests.ts';
import type { CalendarAccess } from './calendar-access.ts';
import { failureOf } from './calendar-failed.ts';
import { readCalendar } from './read-calendar.ts';
import { FILE_LIMITS } from './read-file.ts';

const NOW = new Date('2027-02-01T05:00:00Z');
const outbound = openOutbound({ development: true, idleMs: 300 });
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer(giving(''));
});
afterAll(async () => {
  await server.stop();
  await outbound.stop();
});

/** What reading it comes to: a failure, or how many busy times there are. Only what would never end is given little time. */
const outcomeOf = (
  access: CalendarAccess,
  { limits = FILE_LIMITS, totalMs = 20_000 } = {},
): Promise<string | number> =>
  readCalendar(outbound, { access, seen: null, ownZone: 'UTC', now: NOW, totalMs, limits }).then(
    (reading) => (reading?.busy.length ?? Number.NaN) / 2,
    (error: unknown) => failureOf(error),
  );
const ics = (): CalendarAccess => ({ kind: 'ICS', url: `${server.url}/a.ics` });

const start = ['DTSTART:20270202T100000Z', 'DURATION:PT30M'];
const lines = (parts: readonly string[]) => parts.join('\r\n');
/** So many events, each made by its number. */
const many = (count: number, of: (index: number) => string[]) =>
  calendarOf(lines(Array.from({ length: count }, (_none, index) => lines(of(index)))));
const upTo = (count: number) => Array.from({ length: count }, (_none, index) => index).join();
const stampOf = (minute: number) =>
  `${new Date(Date.UTC(2027, 1, 2) + minute * 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
const endless = calendarOf(
  ...eventOf('DTSTART:10000101T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=10000000'),
);
const repeating = (rule: string) => calendarOf(...eventOf(...start, `RRULE:${rule}`));

describe('an iCalendar address', () => {
  const files: [string, string | number, string | Buffer][] = [
    ['nothing', 'NOT_A_CALENDAR', ''],
    ['a page to sign in on', 'NOT_A_CALENDAR', '<!doctype html><title>Sign in</title>'],
    ['half of a calendar', 'NOT_A_CALENDAR', calendarOf(...eventOf(...start)).slice(0, -16)],
    ['ends that do not match', 'NOT_A_CALENDAR', calendarOf('BEGIN:VEVENT', ...start)],
    ['something else', 'NOT_A_CALENDAR', 'BEGIN:VCARD\r\nUID:a\r\nEND:VCARD\r\n'],
    ['an event without a start', 'NOT_A_CALENDAR', calendarOf(...eventOf('DTEND:20270202T100000Z'))],
    [
      'a start that is no time',
      'NOT_A_CALENDAR',
      calendarOf(...eventOf('DTSTART:tomorrow', 'DURATION:PT1H')),
    ],
    [
      'a start in no year',
      'NOT_A_CALENDAR',
      calendarOf(...eventOf('DTSTART:99999999T999999Z', 'DURATION:PT1H')),
    ],
    ['a rule that is none', 'NOT_A_CALENDAR', repeating('FREQ=SOMETIMES')],
    ['UTF-16', 'NOT_A_CALENDAR', Buffer.from(`\uFEFF${calendarOf(...eventOf(...start))}`, 'utf16le')],
    [
      'Latin-1, whose times are ASCII',
      1,
      Buffer.from(calendarOf(...eventOf('LOCATION:M\u00FCnchen', ...start)), 'latin1'),
    ],
    [
      'broken UTF-8 in a title',
      1,
      Buffer.concat([
        Buffer.from('BEGIN:VCALENDAR\r\nX-A:'),
        Buffer.from([0xff, 0xc0, 0, 13, 10]),
        Buffer.from(calendarOf(...eventOf(...start)).slice(17)),
      ]),
    ],
    ['lines that are no properties', 1, calendarOf('nonsense', ...eventOf('more nonsense', ...start))],
    ['bare line feeds', 1, calendarOf(...eventOf(...start)).replaceAll('\r\n', '\n')],
    ['every second for ever', 'TOO_COMPLEX', repeating('FREQ=SECONDLY')],
    ['every minute for ever', 'TOO_COMPLEX', repeating('FREQ=MINUTELY;INTERVAL=5')],
    [
      'every day since the year 1000',
      401,
      many(3, () => eventOf('DTSTART:10000101T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY')),
    ],
    ['the thirtieth of February, looked for for ever', 1, repeating('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30')],
    ['a Monday every seven days from a Tuesday', 1, repeating('FREQ=DAILY;INTERVAL=7;BYDAY=MO')],
    ['ten million days, counted from the year 1000', 'TOO_COMPLEX', endless],
    [
      'a step of a hundred thousand million days',
      'TOO_COMPLEX',
      repeating('FREQ=DAILY;INTERVAL=99999999999'),
    ],
    [
      'more times a day than can be counted',
      'TOO_COMPLEX',
      repeating(`FREQ=DAILY;BYHOUR=${upTo(24)};BYMINUTE=${upTo(60)}`),
    ],
    [
      'a change of all that follows',
      'TOO_COMPLEX',
      calendarOf(...eventOf(...start, 'RECURRENCE-ID;RANGE=THISANDFUTURE:20270202T100000Z')),
    ],
    [
      'a zone that nobody knows',
      'UNKNOWN_TIME_ZONE',
      calendarOf(...eventOf('DTSTART;TZID=Middle-earth:20270202T100000', 'DURATION:PT1H')),
    ],
    [
      'a zone that changes every second',
      'UNKNOWN_TIME_ZONE',
      calendarOf(
        lines([
          'BEGIN:VTIMEZONE',
          'TZID:X',
          'BEGIN:STANDARD',
          'DTSTART:19700101T000000',
          'TZOFFSETFROM:+0000',
          'TZOFFSETTO:+0100',
          'RRULE:FREQ=SECONDLY',
          'END:STANDARD',
          'END:VTIMEZONE',
        ]),
        ...eventOf('DTSTART;TZID=X:20270202T100000', 'DURATION:PT1H'),
      ),
    ],
    ['a year-long meeting', 1, calendarOf(...eventOf('DTSTART:20260101T000000Z', 'DTEND:20290101T000000Z'))],
    [
      'an end before its start',
      0,
      calendarOf(...eventOf('DTSTART:20270202T100000Z', 'DTEND:20270201T100000Z')),
    ],
    [
      'three thousand events',
      3_000,
      many(3_000, (n) => eventOf(`DTSTART:${stampOf(n * 15)}`, 'DURATION:PT5M')),
    ],
    ['one event too many', 'TOO_LARGE', many(20_001, () => eventOf(...start))],
  ];
  it.each(files)('reads %s as %s', async (...[, expected, file]) => {
    server.answer = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file);
    expect(await outcomeOf(ics())).toBe(expected);
  });

  const bomb = gzipSync(Buffer.alloc(40_000_000));
  const answers: [string, string, RequestListener][] = [
    ['never answers', 'TIMED_OUT', () => undefined],
    ['drips', 'TIMED_OUT', (_request, response) => drip(response)],
    ['sends 6 MB', 'TOO_LARGE', (_request, response) => void response.end(Buffer.alloc(6_000_000, 'A'))],
    [
      'sends a bomb',
      'TOO_LARGE',
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    ],
    [
      'leads to the metadata of the cloud',
      'ADDRESS_NOT_PUBLIC',
      leadsTo('http://169.254.169.254/latest/meta-data/'),
    ],
    ['leads to a private network', 'ADDRESS_NOT_PUBLIC', leadsTo('http://[fd00::1]/')],
    ['leads round in circles', 'TOO_MANY_REDIRECTS', leadsTo('/a.ics')],
    ['asks for a password', 'SIGN_IN_REFUSED', (_request, response) => void response.writeHead(401).end()],
    ['is gone', 'NOT_THERE', (_request, response) => void response.writeHead(410).end()],
    [
      'says 304 to somebody who knows nothing',
      'SERVER_ERROR',
      (_request, response) => void response.writeHead(304).end(),
    ],
    ['has trouble', 'SERVER_ERROR', (_request, response) => void response.writeHead(503).end()],
  ];
  it.each(answers)('a server that %s: %s', async (...[, expected, answer]) => {
    server.answer = answer;
    expect(await outcomeOf(ics(), expected === 'TIMED_OUT' ? { totalMs: 800 } : {})).toBe(expected);
  });

  it('ends a thread that takes too long or too much memory', async () => {
    server.answer = giving(endless);
    expect(await outcomeOf(ics(), { limits: { ...FILE_LIMITS, stepsMax: Infinity, ms: 300 } })).toBe(
      'TOO_COMPLEX',
    );
    server.answer = giving(many(15_000, () => eventOf(...start)));
    expect(await outcomeOf(ics(), { limits: { ...FILE_LIMITS, megabytes: 8 } })).toBe('TOO_LARGE');
  });

  it('reads a calendar by its address in production only where it is public and encrypted', async () => {
    const strict = openOutbound({ development: false });
    const asked = { seen: null, ownZone: 'UTC', now: NOW, totalMs: 1_000 };
    for (const [url, failure] of [
      [`${server.url}/a.ics`, 'NOT_ENCRYPTED'],
      ['https://127.0.0.1/a.ics', 'ADDRESS_NOT_PUBLIC'],
      ['webcal://10.0.0.1/a.ics', 'ADDRESS_NOT_PUBLIC'],
      ['javascript:alert(1)', 'ADDRESS_NOT_USABLE'],
    ] as const) {
      const said = await readCalendar(strict, { ...asked, access: { kind: 'ICS', url } }).catch(failureOf);
      expect([url, said]).toEqual([url, failure]);
    }
    await strict.stop();
  });
});

function drip(response: Parameters<RequestListener>[1]): void {
  const timer = setInterval(() => response.write('B'), 50);
  void once(response, 'close').then(() => clearInterval(timer));
}

/**
 * The hole: XML whose entities double, an answer that is half, a server that passes us on to have the password elsewhere. Above
 * all, tsdav takes an answer that it cannot parse for an empty one: then somebody who is busy would be booked.
 */
import type { RequestListener } from 'node:http';
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

const outbound = openOutbound({ development: true, idleMs: 300 });
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer(giving(''));
});
afterAll(async () => {
  await server.stop();
  await outbound.stop();
});

const caldav = (): CalendarAccess => ({
  kind: 'CALDAV',
  serverUrl: `${server.url}/`,
  user: 'me',
  secret: 'app password',
});

/** What reading it comes to: a failure, or how many busy times there are. */
const outcomeOf = (access: CalendarAccess): Promise<string | number> =>
  readCalendar(outbound, {
    access,
    seen: null,
    ownZone: 'UTC',
    now: new Date('2027-02-01T05:00:00Z'),
    totalMs: 800,
  }).then(
    (reading) => (reading?.busy.length ?? Number.NaN) / 2,
    (error: unknown) => failureOf(error),
  );

const start = ['DTSTART:20270202T100000Z', 'DURATION:PT30M'];

describe('a CalDAV server', () => {
  const xml = (body: string): string =>
    `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${body}</d:multistatus>`;
  const entry = (href: string, prop: string): string =>
    `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${prop}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
  const found = xml(
    entry(
      '/',
      '<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal><c:calendar-home-set><d:href>/me/</d:href></c:calendar-home-set>',
    ) +
      entry('/me/', '<c:calendar-home-set><d:href>/me/</d:href></c:calendar-home-set>') +
      entry('/me/cal/', '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>'),
  );
  const event = entry(
    '/me/cal/1.ics',
    `<d:getetag>"1"</d:getetag><c:calendar-data>${calendarOf(...eventOf(...start))}</c:calendar-data>`,
  );
  /** Everything is found; a REPORT is answered like this. */
  const reporting =
    (body: string, more: { status?: number; type?: string } = {}): RequestListener =>
    (request, response) => {
      const report = request.method === 'REPORT';
      if (request.url?.startsWith('/.well-known')) return void response.writeHead(404).end();
      const type = (report && more.type) || 'application/xml; charset=utf-8';
      response.writeHead((report && more.status) || 207, { 'content-type': type }).end(report ? body : found);
    };
  const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "${'x'.repeat(50)}">${Array.from({ length: 9 }, (_, n) => `<!ENTITY c${n} "${`&${n ? `c${n - 1}` : 'b'};`.repeat(10)}">`).join('')}]><d:multistatus xmlns:d="DAV:">&c8;</d:multistatus>`;

  const reports: [string, string | number, RequestListener][] = [
    ['an event', 1, reporting(xml(event))],
    ['nothing in range', 0, reporting(xml(''))],
    ['entities that double', 'NOT_READABLE', reporting(bomb)],
    [
      'an entity that is a file',
      'NOT_READABLE',
      reporting(
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><d:multistatus xmlns:d="DAV:">&b;</d:multistatus>',
      ),
    ],
    [
      'a document type, also a harmless one',
      'NOT_READABLE',
      reporting(xml(event).replace('?>', '?><!DOCTYPE d:multistatus>')),
    ],
    ['an entity that nobody declared', 'NOT_READABLE', reporting(xml('&b;'))],
    ['half of the answer', 'NOT_READABLE', reporting(xml(event).slice(0, -30))],
    [
      'a hundred thousand levels',
      'NOT_READABLE',
      reporting(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`),
    ],
    ['a million elements', 'NOT_READABLE', reporting(xml('<a/>'.repeat(1_000_000)))],
    ['unclosed sections without end', 'NOT_READABLE', reporting('<![CDATA['.repeat(100_000))],
    ['another document', 'NOT_READABLE', reporting('<html><body>OK</body></html>')],
    ['no document', 'NOT_READABLE', reporting('')],
    ['text that says it is XML', 'NOT_READABLE', reporting('OK')],
    ['a page', 'NOT_READABLE', reporting(xml(event), { type: 'text/html' })],
    ['success that is no answer', 'SERVER_ERROR', reporting(xml(event), { status: 200 })],
    ['trouble', 'SERVER_ERROR', reporting('', { status: 500 })],
    ['a refusal', 'SIGN_IN_REFUSED', reporting('', { status: 403 })],
    [
      'an entry that is not there',
      'NOT_READABLE',
      reporting(
        xml(
          `${event}<d:response><d:href>/me/cal/2.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`,
        ),
      ),
    ],
    [
      'an entry cut short for want of room',
      'NOT_READABLE',
      reporting(
        xml(
          `${event}<d:response><d:href>/me/cal/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`,
        ),
      ),
    ],
    [
      'an entry without its data',
      'NOT_READABLE',
      reporting(xml(entry('/me/cal/2.ics', '<d:getetag>"2"</d:getetag>'))),
    ],
    [
      'an entry that is no calendar',
      'NOT_A_CALENDAR',
      reporting(xml(entry('/me/cal/2.ics', '<c:calendar-data>secret</c:calendar-data>'))),
    ],
    ['11 MB', 'TOO_LARGE', reporting(xml(`<!--${'x'.repeat(11_000_000)}-->`))],
  ];
  it.each(reports)('that reports %s: %s', async (...[, expected, answer]) => {
    server.answer = answer;
    expect(await outcomeOf(caldav())).toBe(expected);
  });

  it('that knows nobody, or has no calendar, or falls silent', async () => {
    server.answer = (_request, response) => void response.writeHead(401).end();
    expect(await outcomeOf(caldav())).toBe('SIGN_IN_REFUSED');
    server.answer = (_request, response) =>
      void response.writeHead(207, { 'content-type': 'text/xml' }).end(xml(''));
    expect(await outcomeOf(caldav())).toBe('NO_CALENDAR');
    server.answer = () => undefined;
    expect(await outcomeOf(caldav())).toBe('TIMED_OUT');
  });

  it('that points elsewhere is not given the password there', async () => {
    const heard: (string | undefined)[] = [];
    const thief = await openTestServer((request, response) => {
      heard.push(request.headers.authorization);
      response.writeHead(207, { 'content-type': 'application/xml' }).end(found);
    });
    server.answer = leadsTo(`${thief.url}/`);
    expect(await outcomeOf(caldav())).toBe('OTHER_SERVER');
    const elsewhere = found.replaceAll(
      '<d:href>/me/</d:href></c:calendar-home-set>',
      `<d:href>${thief.url}/me/</d:href></c:calendar-home-set>`,
    );
    server.answer = (_request, response) =>
      void response.writeHead(207, { 'content-type': 'application/xml' }).end(elsewhere);
    expect(await outcomeOf(caldav())).toBe('OTHER_SERVER');
    // The redirect was followed, without the password; an address that an answer names is not even called.
    expect(heard).toStrictEqual([undefined]);
    await thief.stop();
  });

  it('[MOB-01] is only ever asked, with the least that reading needs', async () => {
    const methods = new Set<string>();
    server.answer = (request, response) => {
      methods.add(request.method ?? '');
      reporting(xml(event))(request, response);
    };
    expect(await outcomeOf(caldav())).toBe(1);
    expect(methods).toEqual(new Set(['GET', 'PROPFIND', 'REPORT']));
  });
});

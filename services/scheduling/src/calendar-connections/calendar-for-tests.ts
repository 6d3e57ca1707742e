/** Calendars as other programs write them, and a server on this machine that gives them out, or means harm. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An iCalendar file around some components. */
export const calendarOf = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

/** An event with these properties. */
export const eventOf = (...lines: string[]): string[] => [
  'BEGIN:VEVENT',
  'UID:event-1@example.org',
  'DTSTAMP:20270101T000000Z',
  'SUMMARY:secret title',
  ...lines,
  'END:VEVENT',
];

export interface TestServer {
  readonly url: string;
  /** How it answers from now on. */
  answer: RequestListener;
  stop(): Promise<void>;
}

/** Listens on this machine. */
export async function openTestServer(answer: RequestListener): Promise<TestServer> {
  const server = createServer((request, response) => opened.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const opened: TestServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return opened;
}

/** Gives out one text, with a state by which to know it. */
export const giving =
  (text: string, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    const known = headers['etag'] !== undefined && request.headers['if-none-match'] === headers['etag'];
    response
      .writeHead(known ? 304 : 200, { 'content-type': 'text/calendar', ...headers })
      .end(known ? '' : text);
  };

/** Passes everybody on. */
export function leadsTo(location: string): RequestListener {
  return (_request, response) => void response.writeHead(302, { location }).end();
}

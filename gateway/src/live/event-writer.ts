import type { ServerResponse } from 'node:http';
import { PROTECTIVE_HEADERS } from '../edge/protective-headers.ts';

/** Writes server-sent events as GraphQL over SSE has them ("distinct connections": `next`, then `complete`). */
export interface EventWriter {
  /** When nothing has been read for a while: milliseconds of `performance.now()` since when; null while it flows. */
  readonly unreadSince: number | null;
  readonly writtenAt: number;
  /** An answer, as JSON without line breaks. */
  next(json: string): void;
  /** A comment: proxies and clients see that the line is alive. */
  keepAlive(): void;
  /** Nothing follows. */
  complete(): void;
  /** Resolves when what was written is on its way. */
  drained(): Promise<void>;
  destroy(): void;
}

const HEADERS = {
  ...PROTECTIVE_HEADERS,
  'content-type': 'text/event-stream; charset=utf-8',
  // nginx would keep events until it has a buffer full.
  'x-accel-buffering': 'no',
};
const END_MS_MAX = 5_000;

/** Begins the answer; from here on, whatever is to be said is an event. */
export function openEventWriter(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  { endMsMax = END_MS_MAX } = {},
): EventWriter {
  let unreadSince: number | null = null;
  let writtenAt = performance.now();
  response.writeHead(200, { ...HEADERS, ...headers });
  response.flushHeaders();
  response.on('drain', () => void (unreadSince = null));
  const write = (text: string) => {
    if (response.writableEnded || response.destroyed) return;
    writtenAt = performance.now();
    if (!response.write(text)) unreadSince ??= writtenAt;
  };
  return {
    get unreadSince() {
      return unreadSince;
    },
    get writtenAt() {
      return writtenAt;
    },
    next: (json) => write(`event: next\ndata: ${json}\n\n`),
    keepAlive: () => write(':\n\n'),
    complete() {
      // EventSource passes on no event without data.
      write('event: complete\ndata:\n\n');
      const { socket } = response;
      response.end();
      // Only as long as the end is on its way: afterwards the connection may carry somebody's next request.
      const cutOff = setTimeout(() => socket?.destroy(), endMsMax).unref();
      response.once('finish', () => clearTimeout(cutOff));
    },
    drained: () =>
      unreadSince === null || response.destroyed
        ? Promise.resolve()
        : new Promise((resolve) => {
            // Whichever comes first takes the other back: a stream is waited for very often.
            const done = () => {
              response.off('drain', done).off('close', done);
              resolve();
            };
            response.on('drain', done).on('close', done);
          }),
    destroy: () => void response.destroy(),
  };
}

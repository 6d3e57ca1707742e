import { openPassportVerifier, PASSPORT_HEADER, type PassportKey } from '@kept/passport';
import { json, type Clock, type LinesAnswer, type Logger, type Route } from '@kept/subgraph-kit';
import type { ChangeFeed, News } from './change-feed.ts';
import { readCursor, writeCursor, type Cursor } from './read-changes.ts';

/** What a passport for this route names as its operation: one made for the graph opens nothing here. */
export const CHANGES_OPERATION = 'changes';

// So often a reader hears that the line still holds, and from where to go on.
const HEARTBEAT_MS = 5_000;
const READERS_MAX = 200;
// A reader that is this far behind is told that anything may have changed, in place of all of it.
const WAITING_MAX = 10_000;

interface Options {
  readonly feed: ChangeFeed;
  readonly passportKeys: readonly PassportKey[];
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * `GET /changes?after=<cursor>`: one line of JSON per change of a calendar, for as long as the reader stays. Gateways alone
 * (passport of kind SERVICE). `{"change":…}`, `{"reset":true}` when anything may have changed, `{"cursor":…}` as soon as nothing more is missed, and then
 * every five seconds.
 */
export function changesRoute({ feed, passportKeys, clock, log }: Options): Route {
  const verifier = openPassportVerifier({ service: 'scheduling', keys: passportKeys, clock });
  let readers = 0;
  return {
    method: 'GET',
    path: '/changes',
    handle: ({ headers, query }) => {
      const header = headers[PASSPORT_HEADER];
      try {
        const caller = verifier.verify(typeof header === 'string' ? header : undefined, Buffer.alloc(0));
        // Programs of a business are SERVICE too, and have an account; the gateway has none.
        if (
          caller.kind !== 'SERVICE' ||
          caller.accountId !== null ||
          caller.operationName !== CHANGES_OPERATION
        )
          return json(403, { error: 'This is for gateways.' });
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'passport refused');
        return json(401, { error: 'This service answers its gateway only.' });
      }
      if (readers >= READERS_MAX) return json(503, { error: 'Too many listen already.' });
      const after = query.get('after');
      const cursor = after === null ? undefined : readCursor(after);
      const resets = after !== null && cursor === undefined;
      const lines: LinesAnswer['lines'] = async function* (signal) {
        readers += 1;
        try {
          if (resets) yield RESET;
          yield* linesOf(feed, cursor, signal);
        } finally {
          readers -= 1;
        }
      };
      return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, lines };
    },
  };
}

const RESET = JSON.stringify({ reset: true });
const lineOf = (news: News): string[] => [
  ...(news.reset ? [RESET] : []),
  ...news.changes.map(({ organizationId, kind, bookingId, providerId }) =>
    JSON.stringify({ change: { organizationId, kind, bookingId, providerId } }),
  ),
];

async function* linesOf(
  feed: ChangeFeed,
  cursor: Cursor | undefined,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let waiting: string[] = [];
  let at: Cursor | undefined;
  let wake: () => void = () => undefined;
  // Listening comes before catching up: a change between the two is told twice rather than never.
  const leave = feed.listen((news) => {
    const begins = at === undefined;
    at = news.cursor;
    if (!begins && news.changes.length === 0 && !news.reset) return;
    waiting = waiting.length + news.changes.length > WAITING_MAX ? [RESET] : [...waiting, ...lineOf(news)];
    wake();
  });
  const gone = () => wake();
  signal.addEventListener('abort', gone);
  try {
    if (cursor) yield* lineOf(await feed.catchUp(cursor));
    while (!signal.aborted) {
      const lines = waiting;
      waiting = [];
      yield* lines;
      if (at) yield JSON.stringify({ cursor: writeCursor(at) });
      if (waiting.length > 0) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, HEARTBEAT_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal.aborted) wake();
      });
    }
  } finally {
    leave();
    signal.removeEventListener('abort', gone);
  }
}

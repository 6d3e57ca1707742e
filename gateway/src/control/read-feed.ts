import { PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import type { Clock } from '@kept/subgraph-kit';
import { request } from 'undici';
import { gatewayCaller } from '../private-routes/gateway-caller.ts';
import { feedLine, type FeedLine } from './withdrawn.ts';

const FEED_PATH = '/control/feed';
/** What the passport names as its operation; identity accepts no other here. */
const OPERATION = 'control-feed';
const CONNECT_MS = 3_000;
// Identity says something at least every two seconds; after three silences the connection is taken for dead.
const SILENCE_MS = 6_500;
// A line holds at most 5,000 ids; far more is not from identity.
const LINE_LENGTH_MAX = 4 * 1024 * 1024;

export interface FeedAddress {
  /** Identity's address; the feed is on the same port. */
  readonly url: string;
  readonly key: PassportKey;
}

/** Opens the feed once and gives its lines. Ends or throws when the connection does, or when identity falls silent. */
export async function* readFeed(
  { url, key }: FeedAddress,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<FeedLine> {
  const caller = gatewayCaller(OPERATION);
  const passport = signPassport({ caller, service: 'identity', body: '', key, now: clock() });
  const { statusCode, body } = await request(new URL(FEED_PATH, url), {
    headers: { [PASSPORT_HEADER]: passport, accept: 'application/x-ndjson' },
    headersTimeout: CONNECT_MS,
    bodyTimeout: SILENCE_MS,
    signal,
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`identity answered ${statusCode}`);
  }
  body.setEncoding('utf8');
  let rest = '';
  for await (const chunk of body as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) throw new Error('identity sent a line that does not end');
    for (const line of lines) yield feedLine.parse(JSON.parse(line));
  }
}

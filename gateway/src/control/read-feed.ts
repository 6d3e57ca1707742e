import type { PassportKey } from '@kept/passport';
import type { Clock } from '@kept/subgraph-kit';
import { readLines } from '../private-routes/read-lines.ts';
import { feedLine, type FeedLine } from './withdrawn.ts';

const FEED = {
  service: 'identity',
  operation: 'control-feed',
  // Identity says something at least every two seconds; after three silences the connection is taken for dead.
  silenceMs: 6_500,
  // A line holds at most 5,000 ids.
  lineLengthMax: 4 * 1024 * 1024,
};

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
  const address = new URL('/control/feed', url);
  for await (const line of readLines({ ...FEED, address, key, clock, signal })) yield feedLine.parse(line);
}

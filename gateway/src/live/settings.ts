import { setting } from '@kept/subgraph-kit';

const count = setting.positive.int('must be a whole number');

/** How many live queries this gateway keeps open, for whom, and for how long. */
export const liveSettings = {
  KEPT_LIVE_STREAMS: count.max(100_000).default(2_000),
  KEPT_LIVE_STREAMS_PER_CALLER: count.default(6),
  KEPT_LIVE_STREAMS_PER_NETWORK: count.default(100),
  KEPT_LIVE_REFRESH_SECONDS: count.min(5).default(60),
  KEPT_LIVE_MINUTES: count.default(60),
};

export interface LiveSettings {
  readonly streamsMax: number;
  readonly perCallerMax: number;
  readonly perNetworkMax: number;
  /** So often a query is asked again although nothing is known to have changed. */
  readonly refreshMs: number;
  /** A stream ends after this, whatever its token; the app opens another. */
  readonly streamMsMax: number;
  /** Changes that come close together are one. */
  readonly debounceMs: number;
  /** A query is asked again no more often than this in the long run. */
  readonly pauseMs: number;
  /** So many more are let through at once after a quiet while. */
  readonly burst: number;
  /** How often a stream that nothing is sent on says that it is alive. */
  readonly keepAliveMs: number;
  /** Whoever does not read for this long is cut off. */
  readonly unreadMsMax: number;
  /** How often every stream is looked at: token, session, age, reader. */
  readonly lookMs: number;
}

export const LIVE: LiveSettings = {
  streamsMax: 2_000,
  perCallerMax: 6,
  perNetworkMax: 100,
  refreshMs: 60_000,
  streamMsMax: 60 * 60_000,
  debounceMs: 100,
  // Thirty times a minute in the long run: a person's budget has room for a few such streams beside what they do. A few at
  // once, so that what one person changes in a row is seen within the second each time.
  pauseMs: 2_000,
  burst: 5,
  keepAliveMs: 15_000,
  unreadMsMax: 10_000,
  lookMs: 1_000,
};

/** The limits out of the settings. */
export const liveSettingsOf = (config: {
  KEPT_LIVE_STREAMS: number;
  KEPT_LIVE_STREAMS_PER_CALLER: number;
  KEPT_LIVE_STREAMS_PER_NETWORK: number;
  KEPT_LIVE_REFRESH_SECONDS: number;
  KEPT_LIVE_MINUTES: number;
}): LiveSettings => ({
  ...LIVE,
  streamsMax: config.KEPT_LIVE_STREAMS,
  perCallerMax: config.KEPT_LIVE_STREAMS_PER_CALLER,
  perNetworkMax: config.KEPT_LIVE_STREAMS_PER_NETWORK,
  refreshMs: config.KEPT_LIVE_REFRESH_SECONDS * 1_000,
  streamMsMax: config.KEPT_LIVE_MINUTES * 60_000,
});

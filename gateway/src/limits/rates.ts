import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from '@kept/passport';
import { Fault } from '@kept/subgraph-kit';
import type { Counter, Counters, Taken } from './counters.ts';
import { networksOf } from './network-of.ts';
import { openReadingTime, POINTS_PER_MS } from './reading-time.ts';
import type { LimitSettings } from './settings.ts';

/** Which limit refused, for a metric. Never whose: an organization's or a person's id is no label. */
export type LimitName =
  | 'address'
  | 'reading'
  | 'authentication'
  | 'requests'
  | 'cost'
  | 'organization'
  | 'passwords'
  | 'in flight'
  | 'event loop';

export interface RateOptions {
  readonly settings: LimitSettings;
  readonly counters: Counters;
  /** Hears of every refusal. */
  readonly refused?: (limit: LimitName) => void;
}

/** What an admitted request did to its caller's limits: headers for the answer. */
export type LimitHeaders = Readonly<Record<string, string>>;

export interface Rates {
  /**
   * Does work for an address that nobody has paid for yet: reading, parsing, checking. Its time is counted, whether it
   * ends well or not, and an address that has had its share is refused before the next.
   */
  working<Result>(networkAddress: string | null, bytes: number, work: () => Result): Result;
  /** Before anything that costs: throws RATE_LIMITED when an address, or its network, asks too often. */
  admitAddress(networkAddress: string | null): Promise<void>;
  /** Once it is known who asks what: throws RATE_LIMITED when the caller or the organization has had its share. */
  admitOperation(asked: Asked): Promise<LimitHeaders>;
}

export interface Asked {
  readonly caller: Pick<Caller, 'accountId' | 'organizationId' | 'networkAddress'>;
  /** What the operation costs with its variables. */
  readonly cost: number;
  /** Whether it tries a password, a code or a token: those are scarcer, whoever asks. */
  readonly authenticates: boolean;
}

// Shorter than the minute that limits are given in: nobody can spend a minute's share at once, and whoever was refused may
// come back soon.
const WINDOW_SECONDS = 10;
// An address over its limit is answered slowly: whoever waits for an answer before they ask again asks four times a second
// on a connection, not thousands of times. No more than so many wait at once, for each holds a place.
const SLOW_MS = 250;
const SLOW_MAX = 64;
// A /48 is 65 536 networks of a /64 each. As a customer's it may do what ten of them may.
const WIDER_TIMES = 10;

function countersOf({ settings, counters }: RateOptions) {
  // What one operation may cost must fit into a window, or waiting would never help.
  const costPerMinute = (perMinute: number) =>
    Math.max(perMinute, (settings.KEPT_LIMIT_COST * 60) / WINDOW_SECONDS);
  const perAddress = settings.KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE;
  const address = counters.counter('address', perAddress, WINDOW_SECONDS);
  const network = counters.counter('network', perAddress * WIDER_TIMES, WINDOW_SECONDS);
  const reading = openReadingTime(
    counters.counter('reading', settings.KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE * POINTS_PER_MS),
  );
  const authentication = counters.counter(
    'authentication',
    settings.KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE,
  );
  const callers = {
    requests: counters.counter('requests', settings.KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE, WINDOW_SECONDS),
    cost: counters.counter('cost', costPerMinute(settings.KEPT_LIMIT_CALLER_COST_PER_MINUTE), WINDOW_SECONDS),
  };
  const anonymous = {
    requests: counters.counter(
      'anonymous',
      settings.KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE,
      WINDOW_SECONDS,
    ),
    cost: counters.counter(
      'anonymous-cost',
      costPerMinute(settings.KEPT_LIMIT_ANONYMOUS_COST_PER_MINUTE),
      WINDOW_SECONDS,
    ),
  };
  const organization = counters.counter(
    'organization',
    costPerMinute(settings.KEPT_LIMIT_ORGANIZATION_COST_PER_MINUTE),
    WINDOW_SECONDS,
  );
  return { address, network, reading, authentication, callers, anonymous, organization };
}

/** Opens the rate limits and budgets of docs/operations.md, "Limits". */
export function openRates(options: RateOptions): Rates {
  const { refused = () => undefined } = options;
  let waiting = 0;
  const { address, network, reading, authentication, callers, anonymous, organization } = countersOf(options);
  const refuse = (limit: LimitName, { resetSeconds }: Taken): never => {
    refused(limit);
    throw new Fault('RATE_LIMITED', SENTENCE[limit](resetSeconds), { retryAfterSeconds: resetSeconds });
  };
  const spend = async (
    limit: LimitName,
    counter: Counter,
    { key, points }: { key: string; points?: number },
  ) => {
    const taken = await counter.take(key, points);
    return taken.allowed ? taken : refuse(limit, taken);
  };

  const slowly = async <Result>(refusing: () => Promise<Result>): Promise<Result> => {
    try {
      return await refusing();
    } catch (error) {
      if (waiting >= SLOW_MAX) throw error;
      waiting += 1;
      await pause(SLOW_MS);
      waiting -= 1;
      throw error;
    }
  };
  const admitNetworks = async (networkAddress: string | null) => {
    const [own, wider] = networksOf(networkAddress);
    const spent = reading.spent(own);
    if (spent) refuse('reading', spent);
    await spend('address', address, { key: own });
    if (wider !== undefined) await spend('address', network, { key: wider });
    await reading.turn(own);
  };

  return {
    working: (networkAddress, bytes, work) => reading.working(networksOf(networkAddress)[0], bytes, work),
    admitAddress: (networkAddress) => slowly(() => admitNetworks(networkAddress)),
    async admitOperation({ caller, cost, authenticates }) {
      const [from] = networksOf(caller.networkAddress);
      if (authenticates) await spend('authentication', authentication, { key: from });
      const signedIn = caller.accountId !== null;
      const of = signedIn ? callers : anonymous;
      const key = caller.accountId ?? from;
      const requests = await spend('requests', of.requests, { key });
      // What costs nothing by the schema is parsed and answered all the same.
      const points = Math.max(1, cost);
      const budget = await spend('cost', of.cost, { key, points });
      // Whoever has not signed in takes from a share of their own: a flood on a booking page leaves its staff working.
      const share = `${caller.organizationId ?? 'none'}:${signedIn ? 'signed-in' : 'anonymous'}`;
      await spend('organization', organization, { key: share, points });
      return headersOf([of.requests, requests], [of.cost, budget]);
    },
  };
}

const wait = (seconds: number) => `Please wait ${seconds} seconds and try again.`;
const SENTENCE: Readonly<Record<LimitName, (seconds: number) => string>> = {
  address: (seconds) => `Too many requests come from your network. ${wait(seconds)}`,
  reading: (seconds) => `Too much of what comes from your network cannot be used. ${wait(seconds)}`,
  authentication: (seconds) => `Too many attempts come from your network. ${wait(seconds)}`,
  requests: (seconds) => `You have sent too many requests. ${wait(seconds)}`,
  cost: (seconds) => `You have asked for too much in a short time. ${wait(seconds)}`,
  organization: (seconds) => `Too much is asked of this organization at the moment. ${wait(seconds)}`,
  passwords: wait,
  'in flight': wait,
  'event loop': wait,
};

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10: what there is, and what is left of it. */
function headersOf(requests: [Counter, Taken], cost: [Counter, Taken]): LimitHeaders {
  const item = (name: string, [{ limit, windowSeconds }, { remaining, resetSeconds }]: [Counter, Taken]) => ({
    policy: `"${name}";q=${limit};w=${windowSeconds}`,
    left: `"${name}";r=${remaining};t=${resetSeconds}`,
  });
  const items = [item('requests', requests), item('cost', cost)];
  return {
    'ratelimit-policy': items.map(({ policy }) => policy).join(', '),
    ratelimit: items.map(({ left }) => left).join(', '),
  };
}

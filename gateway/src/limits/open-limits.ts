import type { IncomingHttpHeaders } from 'node:http';
import type { Audience } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import { Fault, type Lifetime, type Logger } from '@kept/subgraph-kit';
import { openNetwork, type NetworkOptions } from '../network/open-network.ts';
import type { PreparedOperation } from '../operations/prepared-operation.ts';
import { openCounters } from './counters.ts';
import { openLoopTurns } from './loop-turns.ts';
import { openOverload, watchEventLoop } from './overload.ts';
import { openPasswordPlaces, type Waiter } from './password-places.ts';
import { openPlace, type Place } from './place.ts';
import { openRates, type LimitHeaders, type LimitName } from './rates.ts';
import type { LimitSettings } from './settings.ts';

/** Everything that bounds what one request, one caller and all of them together may ask of this process. */
export interface Limits {
  /** A place for one operation, to be left in the end; throws UNAVAILABLE at once when there is none. */
  enter(headers: IncomingHttpHeaders): Place;
  /** A crowd that has not signed in begins a few at a time; undefined when there is nothing to wait for. */
  turn(headers: IncomingHttpHeaders): Promise<void> | undefined;
  /** One of the fewer places for operations with a password. Its own place is free for others while it waits for one. */
  enterWithPassword(address: string | null, waiter: PasswordWaiter): Promise<void>;
  /** From where it comes, before anything is done for it. Throws NETWORK_REFUSED or RATE_LIMITED. */
  admitAddress(address: string | null): Promise<void>;
  /** Does work that nobody has paid for yet, at the expense of the address that it is done for. */
  working<Result>(address: string | null, bytes: number, work: () => Result): Result;
  /** Whether something that is good once is used for the first time within two and a half minutes. */
  firstUse(key: string): Promise<boolean>;
  /** What an operation costs with these variables. Throws LIMIT_EXCEEDED above what any operation may cost. */
  costOf(prepared: PreparedOperation, variables: Readonly<Record<string, unknown>>): number;
  /** Who asks for how much. Throws NETWORK_REFUSED or RATE_LIMITED; else says what is left. */
  admitCaller(asked: AskedBy): Promise<LimitHeaders>;
}

/** An operation with a password, and what it takes up already. */
export interface PasswordWaiter extends Waiter {
  readonly headers: IncomingHttpHeaders;
  readonly place: Place;
}

export interface AskedBy {
  readonly caller: Caller;
  readonly audiences: readonly Audience[];
  readonly prepared: PreparedOperation;
  readonly cost: number;
}

export interface LimitOptions {
  readonly settings: LimitSettings;
  readonly rulesFile?: string | undefined;
  readonly countryDatabase?: string | undefined;
  /** Where the people of organizations may come from, by rules of their own. */
  readonly organizations?: NetworkOptions['organizations'];
  readonly clock?: NetworkOptions['clock'];
  /** Where all gateways count together; each counts for itself without. */
  readonly redisUrl?: string | undefined;
  /** Hears of every refusal, for a metric. */
  readonly refused?: (limit: LimitName) => void;
  readonly log: Logger;
}

// Longer than a proof with a good nonce can be offered again.
const ONCE_SECONDS = 150;

/** Opens the limits of a process; `lifetime` closes what they hold. */
export async function openLimits(options: LimitOptions, lifetime: Lifetime): Promise<Limits> {
  const { settings, refused = () => undefined, log } = options;
  const network = openNetwork({
    rulesFile: options.rulesFile,
    countryDatabase: options.countryDatabase,
    organizations: options.organizations,
    clock: options.clock,
    log,
  });
  lifetime.onStop('network rules', () => network.stop());
  const loop = watchEventLoop();
  lifetime.onStop('event loop watch', () => loop.stop());
  const counters = await openCounters({ redisUrl: options.redisUrl, log });
  lifetime.onStop('counters', () => counters.close());
  const rates = openRates({ settings, counters, refused });
  const uses = counters.counter('dpop-proof', 60 / ONCE_SECONDS, ONCE_SECONDS);
  const overload = openOverload({ settings, delayMs: () => loop.delayMs(), refused });
  const turns = openLoopTurns();
  const passwords = openPasswordPlaces({ settings, refused });
  return {
    enter: (headers) => openPlace(overload.enter({ signedIn: headers.authorization !== undefined })),
    turn: (headers) => (headers.authorization === undefined ? turns.take() : undefined),
    async enterWithPassword(address, { place, headers, ...waiter }) {
      const entered = passwords.enter(address, waiter);
      if (typeof entered === 'function') return place.hold(entered);
      place.leave();
      place.hold(await entered);
      place.hold(overload.enter({ signedIn: headers.authorization !== undefined }));
    },
    async admitAddress(address) {
      network.admitAddress(address);
      await rates.admitAddress(address);
    },
    firstUse: async (key) => (await uses.take(key)).allowed,
    working: (address, bytes, work) => rates.working(address, bytes, work),
    costOf(prepared, variables) {
      const cost = prepared.cost(variables);
      if (cost > settings.KEPT_LIMIT_COST) refuseCost(cost, settings.KEPT_LIMIT_COST);
      return cost;
    },
    admitCaller({ caller, audiences, prepared, cost }) {
      network.admitVisitor(caller.networkAddress, { caller, audiences }, caller);
      return rates.admitOperation({ caller, cost, authenticates: prepared.authenticates });
    },
  };
}

function refuseCost(cost: number, maximum: number): never {
  throw new Fault(
    'LIMIT_EXCEEDED',
    `This operation costs up to ${cost}, and one may cost at most ${maximum}. Ask for fewer entries at a time.`,
  );
}

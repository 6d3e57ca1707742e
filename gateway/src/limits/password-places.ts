import { getNamedType, isInputObjectType, type GraphQLSchema } from 'graphql';
import { Fault } from '@kept/subgraph-kit';
import { networksOf } from './network-of.ts';
import { openPasswordLine } from './password-line.ts';
import type { LimitName } from './rates.ts';
import type { LimitSettings } from './settings.ts';

/** Keeps a crowd of sign-ins from being everything that this process and identity do. */
export interface PasswordPlaces {
  /**
   * A place for one operation with a password; give it back exactly once. Waits for it where there is none, until `signal`
   * says that nobody waits for the answer. Throws RATE_LIMITED when that takes too long or too many wait already.
   */
  enter(networkAddress: string | null, waiter: Waiter): (() => void) | Promise<() => void>;
}

/** Somebody who may have to wait. */
export interface Waiter {
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** What is kept for it meanwhile. */
  readonly bytes: number;
}

// Identity verifies two lines of 32, staff and clients, by turns: with half of the places one network fills neither of them.
const NETWORK_SHARE = 0.5;
const WAIT_MS_MAX = 10_000;
// A sign-in has less than one. Larger ones are not kept for later: the whole line holds eight MiB of them at most.
const WAITING_BYTES_MAX = 16 * 1024;

/**
 * A bulkhead for what costs identity an argon2, and a line before it. Whoever is refused comes back and is read once more,
 * at our expense; whoever waits here costs a few kilobytes and no time.
 */
export function openPasswordPlaces({
  settings,
  waitMsMax = WAIT_MS_MAX,
  refused = () => undefined,
}: {
  readonly settings: Pick<LimitSettings, 'KEPT_LIMIT_PASSWORDS_IN_FLIGHT' | 'KEPT_LIMIT_PASSWORDS_WAITING'>;
  readonly waitMsMax?: number;
  readonly refused?: ((limit: LimitName) => void) | undefined;
}): PasswordPlaces {
  const placesMax = settings.KEPT_LIMIT_PASSWORDS_IN_FLIGHT;
  const ofOneNetworkMax = shareOf(placesMax);
  const waitingMax = settings.KEPT_LIMIT_PASSWORDS_WAITING;
  const line = openPasswordLine(waitingMax, shareOf(waitingMax));
  const byNetwork = new Map<string, number>();
  let inFlight = 0;
  const mayBegin = (network: string) =>
    inFlight < placesMax && (byNetwork.get(network) ?? 0) < ofOneNetworkMax;
  const take = (network: string) => {
    inFlight += 1;
    byNetwork.set(network, (byNetwork.get(network) ?? 0) + 1);
    return () => {
      inFlight -= 1;
      const left = (byNetwork.get(network) ?? 1) - 1;
      if (left === 0) byNetwork.delete(network);
      else byNetwork.set(network, left);
      line.next(mayBegin)?.();
    };
  };
  const refuse = (): Fault => {
    refused('passwords');
    return new Fault('RATE_LIMITED', 'Many people are signing in at the moment. Please try again shortly.', {
      // Not the same moment for all: they would come back as they came.
      retryAfterSeconds: 1 + Math.floor(Math.random() * 4),
    });
  };
  return {
    enter(networkAddress, { signal, bytes }) {
      // The widest of them, or one customer's 65,536 networks would have a share each.
      const network = networksOf(networkAddress).at(-1) ?? 'unknown';
      // Nobody is overtaken: whoever waits while there is a place waits for its own network.
      if (mayBegin(network)) return take(network);
      if (bytes > WAITING_BYTES_MAX) throw refuse();
      return new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
        };
        const goAway = () => {
          stop();
          reject(refuse());
        };
        const leave = line.join(network, {
          begin: () => {
            stop();
            resolve(take(network));
          },
          giveWay: goAway,
        });
        const giveUp = () => {
          leave?.();
          goAway();
        };
        const timer = setTimeout(giveUp, waitMsMax).unref();
        signal.addEventListener('abort', giveUp);
        if (!leave || signal.aborted) giveUp();
      });
    },
  };
}

const shareOf = (all: number) => Math.max(1, Math.floor(all * NETWORK_SHARE));

/** The mutations that are given a password, as the graph says it: by the name of an input's field. */
export function mutationsWithPasswords(schema: GraphQLSchema): Set<string> {
  const isPassword = (name: string) => /password$/i.test(name);
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  const found = fields.filter(({ args }) =>
    args.some(({ name, type }) => {
      const of = getNamedType(type);
      return isPassword(name) || (isInputObjectType(of) && Object.keys(of.getFields()).some(isPassword));
    }),
  );
  return new Set(found.map(({ name }) => name));
}

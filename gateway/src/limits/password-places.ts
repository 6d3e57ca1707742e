import { getNamedType, isInputObjectType, type GraphQLSchema } from 'graphql';
import { Fault } from '@kept/subgraph-kit';
import { networksOf } from './network-of.ts';
import type { LimitName } from './rates.ts';
import type { LimitSettings } from './settings.ts';

/** Keeps a crowd of sign-ins from being everything that this process and identity do. */
export interface PasswordPlaces {
  /** A place for one operation with a password; give it back exactly once. Throws RATE_LIMITED at once when there is none. */
  enter(networkAddress: string | null): () => void;
}

// Identity verifies two lines of 32, staff and clients, by turns: with half of the places one network fills neither of them.
const NETWORK_SHARE = 0.5;

/**
 * A bulkhead for what costs identity an argon2. More of it would only wait there, while each is read, planned and looked up
 * before it hears that it comes too late; here it hears so first.
 */
export function openPasswordPlaces({
  settings,
  refused = () => undefined,
}: {
  readonly settings: Pick<LimitSettings, 'KEPT_LIMIT_PASSWORDS_IN_FLIGHT'>;
  readonly refused?: ((limit: LimitName) => void) | undefined;
}): PasswordPlaces {
  const placesMax = settings.KEPT_LIMIT_PASSWORDS_IN_FLIGHT;
  const ofOneNetworkMax = Math.max(1, Math.floor(placesMax * NETWORK_SHARE));
  const byNetwork = new Map<string, number>();
  let inFlight = 0;
  return {
    enter(networkAddress) {
      const [network] = networksOf(networkAddress);
      const own = byNetwork.get(network) ?? 0;
      if (inFlight >= placesMax || own >= ofOneNetworkMax) {
        refused('passwords');
        throw new Fault(
          'RATE_LIMITED',
          'Many people are signing in at the moment. Please try again shortly.',
          {
            // Not the same moment for all: they would come back as they came.
            retryAfterSeconds: 1 + Math.floor(Math.random() * 4),
          },
        );
      }
      inFlight += 1;
      byNetwork.set(network, own + 1);
      return () => {
        inFlight -= 1;
        const left = (byNetwork.get(network) ?? 1) - 1;
        if (left === 0) byNetwork.delete(network);
        else byNetwork.set(network, left);
      };
    },
  };
}

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
